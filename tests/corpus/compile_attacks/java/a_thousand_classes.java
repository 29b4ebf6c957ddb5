//: claim = "More classes than are kept are refused with a message that says so."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: message_contains = ["too many files"]
//: expand = 1000
public class Main { public static void main(String[] arguments) { } }
class C$i { }
