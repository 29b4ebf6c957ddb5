//: claim = "Calls what is not defined."
//: verdict = "CE"
//: compile_output_contains = ["undefined reference"]
int nobody();

int main() {
    return nobody();
}
