//: claim = "Fills the heap, and would catch what the machine says of it."
//: verdict = "MLE"
//: memory_limit_kb = 163840
//: reason_contains = ["ran out of heap memory"]
import java.util.*;

public class Main {
    public static void main(String[] args) {
        List<byte[]> blocks = new ArrayList<>();
        try {
            while (blocks.size() < 1024) blocks.add(new byte[1 << 20]);
        } catch (OutOfMemoryError error) {
            blocks = null;
        }
        Scanner in = new Scanner(System.in);
        long sum = 0;
        for (int n = in.nextInt(); n > 0; n--) sum += in.nextLong();
        System.out.println(sum);
    }
}
