//: claim = "Adds the numbers up."
//: verdict = "AC"
void main () {
    int n = 0;
    int64 sum = 0, x = 0;
    stdin.scanf ("%d", out n);
    while (n-- > 0) {
        stdin.scanf ("%" + int64.FORMAT, out x);
        sum += x;
    }
    print (@"$(sum)\n");
}
