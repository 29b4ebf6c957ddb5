//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 65536
//: reason_contains = ["memory"]
using System;
using System.Collections.Generic;

class Program
{
    static void Main()
    {
        var blocks = new List<byte[]>();
        for (int i = 0; i < 1024; i++)
        {
            var block = new byte[1 << 20];
            for (int j = 0; j < block.Length; j += 4096) block[j] = (byte)i;
            blocks.Add(block);
        }
        Console.WriteLine(blocks.Count);
    }
}
