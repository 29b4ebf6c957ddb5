//: claim = "Recurses a million calls deep."
//: verdict = "AC"
//: memory_limit_kb = 131072
import core.volatile, std.stdio;

long deep(long n) {
    ulong data = n;
    return n ? deep(n - 1) + volatileLoad(&data) - n : 0;
}

void main() {
    int n;
    long sum, x;
    readf(" %d", n);
    foreach (i; 0 .. n) {
        readf(" %d", x);
        sum += x;
    }
    writeln(sum + deep(1_000_000));
}
