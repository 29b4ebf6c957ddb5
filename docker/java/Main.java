import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StreamTokenizer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.*;
import java.util.stream.*;

/** A typical program: the classes that it loads go into the image's archive of loaded classes. */
public class Main {
    record Edge(int to, long weight) {}

    enum Kind { FIRST, SECOND }

    interface Shape { double area(); }

    public static void main(String[] args) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(System.in));
        StringTokenizer words = new StringTokenizer(reader.readLine());
        int n = Integer.parseInt(words.nextToken());
        new StreamTokenizer(reader).nextToken();
        Scanner scanner = new Scanner("1 2.5 word\nline");
        long sum = scanner.nextInt() + (long) scanner.nextDouble() + scanner.next().length() + scanner.nextLine().length();

        List<List<Edge>> graph = new ArrayList<>();
        for (int i = 0; i < n; i++) graph.add(new LinkedList<>());
        for (int i = 0; i < n; i++) graph.get(i).add(new Edge((i * 7 + 1) % n, i));
        PriorityQueue<Edge> queue = new PriorityQueue<>(Comparator.comparingLong(Edge::weight).thenComparing(Edge::to));
        queue.addAll(graph.get(0));
        Deque<Integer> deque = new ArrayDeque<>(List.of(1, 2, 3));
        deque.push(queue.poll().to());
        Map<String, Integer> counts = new HashMap<>();
        for (String word : "the quick brown fox the end".split(" ")) counts.merge(word, 1, Integer::sum);
        Map<Integer, Set<Integer>> sorted = new TreeMap<>(Collections.reverseOrder());
        sorted.computeIfAbsent(1, key -> new TreeSet<>()).add(2);
        Set<Object> set = new LinkedHashSet<>(new HashSet<>(Arrays.asList(1, 2)));
        new LinkedHashMap<>(counts).forEach((key, value) -> set.add(key + value));
        new ConcurrentHashMap<>(counts).values().removeIf(value -> value > 1);
        EnumMap<Kind, Integer> kinds = new EnumMap<>(Map.of(Kind.FIRST, 1));
        kinds.put(Kind.valueOf("SECOND"), 2);
        BitSet bits = new BitSet(64);
        bits.set(3);
        int[] numbers = {3, 1, 2};
        Arrays.sort(numbers);
        Integer[] boxed = {3, 1, 2};
        Arrays.sort(boxed, (a, b) -> b - a);
        Collections.sort(new ArrayList<>(counts.keySet()));
        Shape shape = () -> Math.PI;
        Function<Integer, Integer> twice = x -> 2 * x;
        BiFunction<Integer, Integer, Integer> plus = Integer::sum;
        Optional<String> longest = counts.keySet().stream().max(Comparator.comparing(String::length));
        String joined = IntStream.rangeClosed(1, 9).filter(i -> i % 2 == 1).mapToObj(String::valueOf)
            .collect(Collectors.joining(", ", "[", "]"));
        Map<Integer, List<String>> groups = Stream.of("a", "bb", "cc").collect(Collectors.groupingBy(String::length));
        long big = BigInteger.TWO.pow(100).mod(BigInteger.valueOf(1_000_000_007)).longValue();
        BigDecimal exact = new BigDecimal("1.10").add(BigDecimal.ONE);
        AtomicLong counter = new AtomicLong(twice.apply(plus.apply(1, 2)));
        Thread thread = new Thread(counter::incrementAndGet);
        thread.start();
        try {
            thread.join();
            throw new IllegalStateException("a stack trace " + counter);
        } catch (InterruptedException | IllegalStateException error) {
            error.printStackTrace(System.err);
        }
        StringBuilder out = new StringBuilder().append(sum).append(' ').append(joined).append(groups).append(longest);
        System.out.println("Result: " + out.reverse() + " " + big + " " + exact + " " + set.size() + shape.area());
        System.out.printf("%d %5.2f %s %x%n", deque.size(), Math.sqrt(n), String.format("%03d", n), kinds.size());
        PrintWriter writer = new PrintWriter(System.out);
        writer.println(new Random(1).nextInt(10) + " " + bits + Arrays.toString(numbers) + Arrays.asList(boxed));
        writer.println(switch (n) { case 1 -> "one"; default -> "many"; });
        writer.flush();
    }
}
