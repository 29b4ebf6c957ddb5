using System;
using System.Collections.Generic;
using System.Linq;

class Program
{
    static IEnumerable<long> Values(int n)
    {
        long value = 1;
        for (int at = 0; at < n; at++) yield return value = value * 48271 % 2147483647;
    }

    static void Main()
    {
        var values = Values(int.Parse(Console.ReadLine())).OrderBy(value => value).ToList();
        long checksum = 0;
        for (int at = 0; at < values.Count; at++) checksum = (checksum + (at + 1) * values[at]) % 1_000_000_007;
        var distinct = new HashSet<long>(values.Select(value => value % 100_000));
        var mode = values.GroupBy(value => value % 1000).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First();
        Console.WriteLine($"{distinct.Count} {checksum} {mode.Key} {mode.Count()}");
    }
}
