//: claim = "A program of Kotlin without a main function is a compile error, not a failure of the machine."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
fun other() { println(1) }
