//: claim = "Annotations that a script would load libraries by are not known to a compilation."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["unresolved reference"]
@file:DependsOn("/etc/passwd")
@file:CompilerOptions("-Xplugin=/workspace/word.jar")

fun main() { println("BREACH") }
