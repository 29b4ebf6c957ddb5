//: claim = "Asserts what is not so; errors have to be caught in Vala."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
void main () {
    int[]? values = null;
    assert (values != null);
}
