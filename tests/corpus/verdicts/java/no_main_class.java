//: claim = "Has no class with a main method."
//: verdict = "CE"
//: compile_output_contains = ["no class of it has a main method"]
class Other {
    static void run(String[] args) {
        System.out.println(6);
    }
}
