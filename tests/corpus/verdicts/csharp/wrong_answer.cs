//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
using System;
using System.Linq;

class Program
{
    static void Main()
    {
        Console.ReadLine();
        long sum = Console.ReadLine().Split().Sum(long.Parse);
        Console.WriteLine(sum + 1);
    }
}
