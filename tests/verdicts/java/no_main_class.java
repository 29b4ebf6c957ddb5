//: claim = "Has no class of the name that is run."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
class Other {
    public static void main(String[] args) {
        System.out.println(6);
    }
}
