//: claim = "Consists of two files."
//: verdict = "AC"
//: files = {"Adding.cs" = "static class Adding\n{\n    public static long Same(long x) => x;\n}\n"}
using System;
using System.Linq;

class Program
{
    static void Main()
    {
        Console.ReadLine();
        long sum = Console.ReadLine().Split().Sum(long.Parse);
        Console.WriteLine(Adding.Same(sum));
    }
}
