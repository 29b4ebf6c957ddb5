//: claim = "A generic type that contains itself with a larger one ends at a limit of the compiler's or of the runtime's."
//: status = ["COMPILE_ERROR", "RUNTIME_ERROR", "TIMEOUT", "OK"]
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit", "none"]
class Deep<T> { public static int Count() { return Deep<Deep<T>>.Count() + 1; } }
class Program { static void Main() { System.Console.WriteLine(Deep<int>.Count()); } }
