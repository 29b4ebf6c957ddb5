import std.algorithm, std.conv, std.range, std.stdio, std.string;

void main() {
    auto n = readln.strip.to!int;
    auto values = recurrence!"a[n-1] * 48271 % 2147483647"(48271L).take(n).array.sort.release;
    long checksum = 0;
    bool[long] distinct;
    int[1000] counts;
    foreach (at, value; values) {
        checksum = (checksum + (at + 1) * value) % 1_000_000_007;
        distinct[value % 100_000] = true;
        counts[value % 1000]++;
    }
    auto mode = counts[].maxIndex;
    writeln(distinct.length, " ", checksum, " ", mode, " ", counts[mode]);
}
