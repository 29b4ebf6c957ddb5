//: claim = "Calls what nobody defines."
//: verdict = "CE"
//: compile_output_contains = ["undefined reference"]
int nobody();

int main() {
    return nobody();
}
