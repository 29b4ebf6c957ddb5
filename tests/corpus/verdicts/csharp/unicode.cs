//: claim = "Passes Unicode through."
//: verdict = "AC"
//: input = "Žižka 🦀\n"
//: output = "Hello, Žižka 🦀!\n"
using System;

class Program
{
    static void Main()
    {
        Console.WriteLine($"Hello, {Console.ReadLine()}!");
    }
}
