//: claim = "The assembler takes the image's list of users for a list of labels, and the linker takes no options from the sources."
//: status = "OK"
//: stdout = ""
__asm__(".section .drectve\n.ascii \"-T /etc/passwd -plugin /workspace/main.c\"\n.previous");
__asm__(".include \"/etc/passwd\"");
int main(void) { return 0; }
