//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
using System;

class Program
{
    static void Main()
    {
        while (true) Console.WriteLine(new string('x', 70));
    }
}
