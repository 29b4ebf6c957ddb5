//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
import std.stdio;

void main() {
    ubyte[][] blocks;
    foreach (i; 0 .. 1024) {
        blocks ~= new ubyte[1 << 20];
        blocks[i][] = cast(ubyte) i;
    }
    writeln(blocks.length);
}
