//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
using System;
using System.Linq;

class Program
{
    static void Main()
    {
        Console.ReadLine();
        long sum = Console.ReadLine().Split().Sum(long.Parse);
        Console.WriteLine(sum);
        Environment.Exit(3);
    }
}
