//: claim = "Constants that double with each line end at a limit of the compiler's, or of the class file."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
// javac folds strings: 40 lines are a string of a tebibyte.
//: expand = 40
public class Main {
    static final String S0 = "xxxxxxxxxxxxxxxx";
    static final String S$i = S$p + S$p;
    public static void main(String[] arguments) { System.out.println(S40); }
}
