//: claim = "Recurses until its stack is full: an exception, as the stack is not the memory limit's."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
fun deep(n: Int): Int = if (n == 0) 0 else deep(n - 1) + n % 2

fun main() {
    println(deep(1 shl 30))
}
