//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 65536
//: reason_contains = ["memory"]
using System;

class Program
{
    static int Deep(int n)
    {
        return n == 0 ? 0 : Deep(n - 1) + n % 2;
    }

    static void Main()
    {
        Console.WriteLine(Deep(1 << 30));
    }
}
