//: claim = "A method of more than 64 KiB is refused by javac."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: expand = 5000
//: compile_output_contains = ["code too large"]
public class Main {
    public static void main(String[] arguments) {
        int x = 0;
        x += $i; x *= x; x ^= $i;
    }
}
