//: claim = "Has no class with a main method."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
class Other {
    static void run(String[] args) {
        System.out.println(6);
    }
}
