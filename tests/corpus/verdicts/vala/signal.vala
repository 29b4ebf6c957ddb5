//: claim = "Aborts."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
void main () {
    Process.abort ();
}
