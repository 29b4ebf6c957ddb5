//: claim = "Lambdas whose types depend on each other end at a limit of a compilation, or are done."
//: status = ["COMPILE_ERROR", "OK"]
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit", "none"]
fun <T> f(a: () -> T, b: () -> T): T = a()
fun main() {
    val x = f({ f({ f({ f({ f({ f({ f({ 1 }, { "a" }) }, { 2.0 }) }, { 'c' }) }, { 1L }) }, { "x" }) }, { f({ f({ 1 }, { "b" }) }, { 3.0 }) }) }, { null })
    println(if (x == 1) "" else x)
}
