//: claim = "Class names that are not plain file names leave nothing outside the workspace."
//: status = ["COMPILE_ERROR", "OK"]
//: reason = ["compile_failed", "none"]
// A name may be a file name to one system and none to another.
public class Main {
    public static void main(String[] arguments) { System.out.print(new ÄÖ\u00dc$$Inner().toString().length() > 0 ? "" : "x"); }
}
class ÄÖ\u00dc$$Inner { }
