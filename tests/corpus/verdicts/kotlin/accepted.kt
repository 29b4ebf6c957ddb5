//: claim = "Adds the numbers up."
//: verdict = "AC"
fun main() {
    readln()
    val sum = readln().split(" ").sumOf { it.toLong() }
    println(sum)
}
