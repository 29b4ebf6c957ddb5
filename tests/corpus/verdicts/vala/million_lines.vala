//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
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
