//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
import core.volatile, std.stdio;

int deep(int n) {
    int[1024] data;
    volatileStore(cast(uint*) &data[n % 1024], n);
    return n ? deep(n - 1) + volatileLoad(cast(uint*) &data[n % 1024]) % 2 : 0;
}

void main() {
    writeln(deep(1 << 18));
}
