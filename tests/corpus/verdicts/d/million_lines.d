//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
import std.stdio;

void main() {
    int n;
    long sum, x;
    readf(" %d", n);
    foreach (i; 0 .. n) {
        readf(" %d", x);
        sum += x;
    }
    writeln(sum);
}
