#: claim = "Prints for ever."
#: verdict = "OLE"
#: output_limit_kb = 64
#: reason_contains = ["more than 65536 bytes to stdout"]
while 1 {
    puts [string repeat x 1000]
}
