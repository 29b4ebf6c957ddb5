//: claim = "The assembler embeds no device."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
asm(".incbin \"/dev/zero\"");
int main() {}
