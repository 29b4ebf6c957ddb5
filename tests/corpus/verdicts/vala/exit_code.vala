//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
int main () {
    int n = 0;
    int64 sum = 0, x = 0;
    stdin.scanf ("%d", out n);
    while (n-- > 0) {
        stdin.scanf ("%" + int64.FORMAT, out x);
        sum += x;
    }
    print (@"$(sum)\n");
    return 3;
}
