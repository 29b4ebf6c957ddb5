//: claim = "Sleeps for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: wall_time_limit_ms = 300
//: reason_contains = ["of wall time"]
using System.Threading;

class Program
{
    static void Main()
    {
        Thread.Sleep(3600000);
    }
}
