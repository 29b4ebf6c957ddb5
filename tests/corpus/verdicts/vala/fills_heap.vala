//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
void main () {
    for (int i = 0; i < 1024; i++) {
        uint8* block = malloc (1 << 20);
        Memory.set (block, i, 1 << 20);
    }
}
