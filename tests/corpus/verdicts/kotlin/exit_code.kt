//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
import kotlin.system.exitProcess

fun main() {
    readln()
    val sum = readln().split(" ").sumOf { it.toLong() }
    println(sum)
    exitProcess(3)
}
