//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
using System;

class Program
{
    static void Main()
    {
        long sum = 0;
        for (int n = int.Parse(Console.ReadLine()); n > 0; n--) sum += long.Parse(Console.ReadLine());
        Console.WriteLine(sum);
    }
}
