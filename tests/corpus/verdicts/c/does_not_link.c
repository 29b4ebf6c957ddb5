//: claim = "Calls what is not defined."
//: verdict = "CE"
//: compile_output_contains = ["undefined reference"]
extern int nobody(void);

int main(void) {
    return nobody();
}
