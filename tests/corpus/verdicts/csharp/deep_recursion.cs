//: claim = "Recurses a hundred thousand calls deep."
//: verdict = "AC"
//: memory_limit_kb = 131072
using System;
using System.Linq;

class Program
{
    static long Deep(long n)
    {
        return n == 0 ? 0 : Deep(n - 1) * 2;
    }

    static void Main()
    {
        Console.ReadLine();
        long sum = Console.ReadLine().Split().Sum(long.Parse);
        Console.WriteLine(sum + Deep(100000));
    }
}
