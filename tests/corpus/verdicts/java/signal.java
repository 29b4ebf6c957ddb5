//: claim = "Writes to address 0, which is the end of the machine, too."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
import java.lang.reflect.Field;
import sun.misc.Unsafe;

public class Main {
    public static void main(String[] args) throws Exception {
        Field field = Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        ((Unsafe) field.get(null)).putAddress(0, 0);
    }
}
