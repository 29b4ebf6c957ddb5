//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
uint8* data_of;

int deep (int n) {
    uint8 data[4096];
    data_of = data;
    return n > 0 ? deep (n - 1) + data_of[n % 4096] % 2 : 0;
}

void main () {
    print (@"$(deep (1 << 18))\n");
}
