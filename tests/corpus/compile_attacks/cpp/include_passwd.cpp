//: claim = "Including /etc/passwd shows the image's own, with the users root, nobody and runner alone."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["root:x:0:0:root:/root:/usr/sbin/nologin"]
//: compile_output_excludes = ["/bin/sh", "/bin/bash", "/home"]
#include "/etc/passwd"
int main() {}
