//: claim = "Writes to address 0, which is the end of the machine, too."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
fun main() {
    val field = sun.misc.Unsafe::class.java.getDeclaredField("theUnsafe")
    field.isAccessible = true
    (field.get(null) as sun.misc.Unsafe).putAddress(0, 0)
}
