//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["error: "]
import java.util.*;

public class Main {
    public static void main(String[] args) {
        System.out.println(undeclared);
    }
}
