//: claim = "Recurses until its stack is full: an exception in Java, whose stack is not the memory limit's."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
public class Main {
    static long deep(long n) {
        return deep(n + 1) + n;
    }

    public static void main(String[] args) {
        System.out.println(deep(0));
    }
}
