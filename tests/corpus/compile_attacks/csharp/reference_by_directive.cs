//: claim = "A line that names another file names it in messages alone."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["/etc/passwd"]
//: compile_output_excludes = ["root:x"]
#line 1 "/etc/passwd"
class Program { static void Main() { undeclared(); } }
