//: claim = "Adds the numbers up."
//: verdict = "AC"
using System;
using System.Linq;

class Program
{
    static void Main()
    {
        Console.ReadLine();
        long sum = Console.ReadLine().Split().Sum(long.Parse);
        Console.WriteLine(sum);
    }
}
