//: claim = "Consists of two files."
//: verdict = "AC"
//: files = {"adding.d" = "module adding;\nlong same(long x) { return x; }\n"}
import adding, std.stdio;

void main() {
    int n;
    long sum, x;
    readf(" %d", n);
    foreach (i; 0 .. n) {
        readf(" %d", x);
        sum += x;
    }
    writeln(same(sum));
}
