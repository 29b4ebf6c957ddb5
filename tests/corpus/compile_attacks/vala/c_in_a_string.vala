//: claim = "A name that is C code itself gets as far as the compiler, in the sandbox."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit"]
[CCode (cname = "0;}\n#include \"/dev/zero\"\nint x(){return 0", cheader_filename = "stdio.h")]
extern int word;

void main () {
    print ("%d\n", word);
}
