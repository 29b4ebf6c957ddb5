//: claim = "Recurses a hundred thousand calls deep."
//: verdict = "AC"
fun deep(n: Long): Long = if (n == 0L) 0 else deep(n - 1) * 2

fun main() {
    readln()
    val sum = readln().split(" ").sumOf { it.toLong() }
    println(sum + deep(100_000))
}
