//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["error CS0103"]
using System;

class Program
{
    static void Main()
    {
        Console.WriteLine(undeclared);
    }
}
