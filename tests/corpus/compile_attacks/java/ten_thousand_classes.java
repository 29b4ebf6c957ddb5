//: claim = "Classes without number end where the files of a compilation do, and none of them is run."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "output_limit", "cpu_time_limit", "wall_time_limit"]
//: expand = 10000
// 8192 files are the most, and the message repeats its line, which may be long.
public class Main { public static void main(String[] arguments) { } }
class C$i { }
