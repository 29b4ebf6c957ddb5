import java.util.*;
import java.util.stream.*;

public class Main {
    record Mode(int residue, long count) {}

    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        long[] values = LongStream.iterate(48271, value -> value * 48271 % 2147483647).limit(n).sorted().toArray();
        long checksum = 0;
        Set<Integer> distinct = new HashSet<>();
        Map<Integer, Long> counts = new TreeMap<>();
        for (int at = 0; at < n; at++) {
            checksum = (checksum + (at + 1) * values[at]) % 1_000_000_007;
            distinct.add((int) (values[at] % 100_000));
            counts.merge((int) (values[at] % 1000), 1L, Long::sum);
        }
        Mode mode = counts.entrySet().stream().map(entry -> new Mode(entry.getKey(), entry.getValue()))
            .max(Comparator.comparingLong(Mode::count).thenComparing(Mode::residue, Comparator.reverseOrder())).get();
        System.out.printf("%d %d %d %d%n", distinct.size(), checksum, mode.residue(), mode.count());
    }
}
