//: claim = "Ends by an exception that it does not catch."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
using System;

class Program
{
    static void Main()
    {
        Console.WriteLine(int.Parse("x"));
    }
}
