//: claim = "Ends by a signal that it sends itself."
//: verdict = "RTE"
//: reason_contains = ["SIGKILL"]
using System.Diagnostics;
using System.Threading;

class Program
{
    static void Main()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(5000);
    }
}
