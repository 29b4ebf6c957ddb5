//: claim = "Consists of two files."
//: verdict = "AC"
//: files = {"adding.kt" = "fun same(x: Long) = x\n"}
fun main() {
    readln()
    val sum = readln().split(" ").sumOf { it.toLong() }
    println(same(sum))
}
