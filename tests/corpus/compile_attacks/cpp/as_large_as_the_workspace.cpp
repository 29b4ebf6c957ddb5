//: claim = "A program that fills the workspace is kept, restored and run."
//: status = "OK"
volatile char a[60 << 20] __attribute__((used)) = {1};
int main() { return a[5]; }
