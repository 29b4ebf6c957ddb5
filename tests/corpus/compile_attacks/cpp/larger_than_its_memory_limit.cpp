//: claim = "A program whose file is larger than its memory limit leaves is over its memory limit."
//: memory_limit_kb = 32768
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: message_contains = ["takes 57.", "limit of 32 MiB"]
volatile char a[28 << 20] __attribute__((used)) = {1};
int main() { return a[5]; }
