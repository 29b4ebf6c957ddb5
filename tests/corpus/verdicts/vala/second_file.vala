//: claim = "Consists of two files."
//: verdict = "AC"
//: files = {"adding.vala" = "int64 same (int64 x) {\n    return x;\n}\n"}
void main () {
    int n = 0;
    int64 sum = 0, x = 0;
    stdin.scanf ("%d", out n);
    while (n-- > 0) {
        stdin.scanf ("%" + int64.FORMAT, out x);
        sum += x;
    }
    print (@"$(same (sum))\n");
}
