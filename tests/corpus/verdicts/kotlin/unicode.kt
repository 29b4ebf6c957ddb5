//: claim = "Passes Unicode through."
//: verdict = "AC"
//: input = "Žižka 🦀\n"
//: output = "Hello, Žižka 🦀!\n"
fun main() {
    println("Hello, ${readln()}!")
}
