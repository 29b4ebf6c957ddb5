//: claim = "Recurses 200,000 calls deep."
//: verdict = "AC"
import java.util.*;

public class Main {
    static long deep(long n) {
        return n == 0 ? 0 : deep(n - 1) * 2 + 0;
    }

    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        long sum = 0;
        for (int n = in.nextInt(); n > 0; n--) sum += in.nextLong();
        System.out.println(sum + deep(200_000));
    }
}
