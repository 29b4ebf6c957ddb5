//: claim = "Recurses a million calls deep."
//: verdict = "AC"
//: memory_limit_kb = 131072
int64 deep (int64 n) {
    return n > 0 ? deep (n - 1) * 2 : 0;
}

void main () {
    int n = 0;
    int64 sum = 0, x = 0;
    stdin.scanf ("%d", out n);
    while (n-- > 0) {
        stdin.scanf ("%" + int64.FORMAT, out x);
        sum += x;
    }
    print (@"$(sum + deep (1000000))\n");
}
