//: claim = "Does not catch an exception."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
import java.util.*;

public class Main {
    public static void main(String[] args) {
        System.out.println(new int[1][0].length / 0);
    }
}
