//: claim = "Including the pipe that the compiler itself writes to waits until the time limit, and no longer."
//: status = "COMPILE_ERROR"
//: reason = "wall_time_limit"
#include "/dev/stdout"
int main() {}
