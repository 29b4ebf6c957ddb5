// What programs use, for the archive of loaded classes.
import java.io.BufferedReader
import java.util.PriorityQueue
import java.util.StringTokenizer

data class Edge(val to: Int, val length: Long) : Comparable<Edge> {
    override fun compareTo(other: Edge) = length.compareTo(other.length)
}

sealed interface Shape
object Point : Shape
class Circle(val radius: Double) : Shape

fun area(shape: Shape) = when (shape) {
    is Point -> 0.0
    is Circle -> 3.14 * shape.radius * shape.radius
}

fun main() {
    val reader: BufferedReader = System.`in`.bufferedReader()
    val n = StringTokenizer(reader.readLine()).nextToken().toInt()
    val values = (1..n).map { it * 48271L % 2147483647L }.sorted()
    val counts = values.groupingBy { it % 10 }.eachCount().toSortedMap()
    val queue = PriorityQueue<Edge>()
    for ((at, value) in values.withIndex()) queue += Edge(at, value)
    val graph = Array(n) { mutableListOf<Edge>() }
    val seen = mutableSetOf<Int>()
    val cache = HashMap<String, Int>()
    while (queue.isNotEmpty()) {
        val edge = queue.poll()
        graph[edge.to].add(edge)
        seen.add(edge.to)
        cache.getOrPut("${edge.length}") { edge.to }
    }
    val lazily = sequence { for (value in values) yield(value * 2) }.filter { it > 0 }.toList()
    println(StringBuilder().apply { append(counts.keys.joinToString(" ")) })
    println("%.3f %d".format(area(Circle(2.0)), lazily.maxOrNull() ?: 0))
    println(listOf(3, 1, 2).sortedByDescending { it }.windowed(2).map { it.sum() }.fold(0) { a, b -> a + b })
    System.out.flush()
}
