//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 350
//: reason_contains = ["was stopped after", "of CPU time"]
import java.util.*;

public class Main {
    public static void main(String[] args) {
        for (long n = 0;; n++) {
            if (n < 0) System.out.println(n);
        }
    }
}
