//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
void main () {
    while (true) print ("%s\n", string.nfill (70, 'x'));
}
