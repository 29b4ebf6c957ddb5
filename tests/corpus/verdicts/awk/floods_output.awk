#: claim = "Prints for ever."
#: verdict = "OLE"
#: output_limit_kb = 64
#: reason_contains = ["more than 65536 bytes to stdout"]
BEGIN { while (1) printf "%1000s\n", "x" }
