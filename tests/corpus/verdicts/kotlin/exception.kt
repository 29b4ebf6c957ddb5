//: claim = "Ends by an exception that it does not catch."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
fun main() {
    println("x".toInt())
}
