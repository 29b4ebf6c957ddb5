//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 163840
//: reason_contains = ["ran out of heap memory"]
fun main() {
    val blocks = mutableListOf<ByteArray>()
    for (i in 0 until 1024) blocks += ByteArray(1 shl 20) { i.toByte() }
    println(blocks.size)
}
