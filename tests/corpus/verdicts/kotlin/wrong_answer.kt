//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
fun main() {
    readln()
    val sum = readln().split(" ").sumOf { it.toLong() }
    println(sum + 1)
}
