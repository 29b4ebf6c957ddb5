//: claim = "An object of 2 GB ends where the files of a compilation do, or its memory."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit"]
// The assembler's temporary file is in memory, too: whichever is full first.
char a[2000000000] = {1};
int main() { return a[0]; }
