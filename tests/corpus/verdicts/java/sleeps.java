//: claim = "Sleeps for ever."
//: verdict = "TLE"
//: time_limit_ms = 350
//: wall_time_limit_ms = 400
//: reason_contains = ["of wall time"]
import java.util.*;

public class Main {
    public static void main(String[] args) throws InterruptedException {
        Thread.sleep(3_600_000);
    }
}
