//: claim = "Writes to address 0."
//: verdict = "RTE"
//: reason_contains = ["SIGSEGV"]
int main() {
    *(volatile int *)0 = 1;
}
