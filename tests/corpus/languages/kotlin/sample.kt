fun main() {
    val n = readln().trim().toInt()
    val values = generateSequence(48271L) { it * 48271 % 2147483647 }.take(n).sorted().toList()
    val checksum = values.withIndex().fold(0L) { sum, (at, value) -> (sum + (at + 1) * value) % 1_000_000_007 }
    val distinct = values.map { it % 100_000 }.toSet()
    val counts = values.groupingBy { it % 1000 }.eachCount().toSortedMap()
    val (mode, count) = counts.entries.maxByOrNull { it.value }!!
    println("${distinct.size} $checksum $mode $count")
}
