//: claim = "Passes Unicode through."
//: verdict = "AC"
//: input = "Žižka 🦀\n"
//: output = "Hello, Žižka 🦀!\n"
void main () {
    stdout.printf ("Hello, %s!\n", stdin.read_line ());
}
