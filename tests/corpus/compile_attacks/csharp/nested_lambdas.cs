//: claim = "Overloads whose resolution is exponential end at a limit of a compilation, or are done."
//: status = ["COMPILE_ERROR", "OK"]
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "none"]
using System;
class Program
{
    static void M(Action<int> a) { }
    static void M(Action<string> a) { }
    static void Main()
    {
        M(a => M(b => M(c => M(d => M(e => M(f => M(g => M(h => M(i => M(j => M(k => M(l => M(m => M(n => M(o =>
            a.ToString().Substring(b.ToString().Length + c.GetHashCode())
        )))))))))))))));
    }
}
