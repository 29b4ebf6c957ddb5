//: claim = "Fills the memory for buffers that is not the heap's: the machine has a limit of its own, and an exception."
//: verdict = "RTE"
//: memory_limit_kb = 163840
//: reason_contains = ["exit code 1"]
import java.nio.ByteBuffer;
import java.util.*;

public class Main {
    public static void main(String[] args) {
        List<ByteBuffer> blocks = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            ByteBuffer block = ByteBuffer.allocateDirect(1 << 18);
            while (block.hasRemaining()) block.put((byte) i);
            blocks.add(block);
        }
        System.out.println(blocks.size());
    }
}
