//: claim = "Error messages are kept up to 64 KiB, and the compiler is stopped."
//: status = "COMPILE_ERROR"
//: reason = "output_limit"
//: expand = 2000
//: compile_output_bytes_max = 131072
#error $i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
int main() {}
