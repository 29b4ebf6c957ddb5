//: claim = "Counts and prints characters of several scripts."
//: verdict = "AC"
//: input = "Grüße 世界 🎉\n"
//: output = "10 Grüße 世界 🎉\n"
import java.util.Scanner;

class Main {
    public static void main(String[] arguments) {
        String text = new Scanner(System.in).nextLine();
        System.out.println(text.codePointCount(0, text.length()) + " " + text);
    }
}
