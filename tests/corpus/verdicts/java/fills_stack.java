//: claim = "Recurses until its stack is full: an exception in Java, whose stack is not the memory limit's."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
public class Main {
    static long deep(long a, long b, long c, long d, long e, long f, long g, long h) {
        return deep(b, c, d, e, f, g, h, a + 1) + a + b + c + d + e + f + g + h;
    }

    public static void main(String[] args) {
        System.out.println(deep(1, 2, 3, 4, 5, 6, 7, 8));
    }
}
