import java.util.Scanner;

public class Main {
    public static void main(String[] arguments) {
        Scanner in = new Scanner(System.in);
        while (in.hasNextLong()) System.out.println(Distance.of(in.nextLong(), in.nextLong()));
    }
}
