//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
using System;

class Program
{
    static void Main()
    {
        for (uint n = 0;; n++) { }
    }
}
