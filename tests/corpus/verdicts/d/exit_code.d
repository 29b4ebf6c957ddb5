//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
import core.stdc.stdlib : exit;
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
    stdout.flush();
    exit(3);
}
