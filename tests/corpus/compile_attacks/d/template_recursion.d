//: claim = "A template that instantiates itself ends at the compiler's depth."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
template Deep(int n) {
    enum Deep = Deep!(n + 1) + Deep!(n + 2);
}

enum x = Deep!0;

void main() {}
