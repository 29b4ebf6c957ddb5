//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

class Main {
    public static void main(String[] arguments) throws IOException {
        var reader = new BufferedReader(new InputStreamReader(System.in));
        long sum = 0;
        for (int left = Integer.parseInt(reader.readLine()); left > 0; left--) {
            sum += Long.parseLong(reader.readLine());
        }
        System.out.println(sum);
    }
}
