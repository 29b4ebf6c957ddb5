//: claim = "Constants of Kotlin that double with each line end at a limit of a compilation, or of the class file."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
//: expand = 40
const val s0 = "xxxxxxxxxxxxxxxx"
const val s$i = s$p + s$p
fun main() { println(s40) }
