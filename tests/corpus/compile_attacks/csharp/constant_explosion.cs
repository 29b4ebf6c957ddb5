//: claim = "Strings that double with each constant end at a limit of a compilation."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
//: expand = 40
class Program
{
    const string S0 = "xxxxxxxxxxxxxxxx";
    const string S$i = S$p + S$p;
    static void Main() { System.Console.WriteLine(S40); }
}
