//: claim = "Types that grow exponentially end at a limit of the compiler's."
//: status = ["COMPILE_ERROR", "OK"]
//: reason = ["memory_limit", "cpu_time_limit", "wall_time_limit", "compile_failed", "output_limit", "none"]
// Inference of nested generic calls was exponential in some releases; in others it is done in no time.
import java.util.function.*;

public class Main {
    static <T> T f(Supplier<T> a, Supplier<T> b) { return a.get(); }
    public static void main(String[] arguments) {
        Object o = f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> 1, () -> "a"), () -> 2.0), () -> 'c'), () -> 1L), () -> "x"), () -> f(() -> f(() -> f(() -> 1, () -> "b"), () -> 3.0), () -> f(() -> 1, () -> 2)));
    }
}
