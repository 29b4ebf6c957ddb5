//: claim = "Including /etc/passwd shows the image's own, in which nobody but root, nobody and runner is."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["root:x:0:0:root:/root:/usr/sbin/nologin"]
//: compile_output_excludes = ["/bin/sh", "/bin/bash", "/home"]
#include "/etc/passwd"
int main() {}
