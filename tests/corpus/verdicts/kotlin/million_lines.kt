//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
fun main() {
    val reader = System.`in`.bufferedReader()
    var sum = 0L
    repeat(reader.readLine().toInt()) { sum += reader.readLine().toLong() }
    println(sum)
}
