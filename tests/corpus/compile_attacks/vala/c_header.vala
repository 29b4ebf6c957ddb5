//: claim = "A header that an attribute names is read by the C compiler, which shows only the image's own users."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
[CCode (cname = "word", cheader_filename = "/etc/passwd")]
extern int word;

void main () {
    print ("%d\n", word);
}
