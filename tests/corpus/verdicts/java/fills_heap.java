//: claim = "Fills the heap."
//: verdict = "MLE"
//: memory_limit_kb = 163840
//: reason_contains = ["ran out of heap memory"]
import java.util.*;

public class Main {
    public static void main(String[] args) {
        List<byte[]> blocks = new ArrayList<>();
        while (blocks.size() < 1024) blocks.add(new byte[1 << 20]);
        System.out.println(blocks.size());
    }
}
