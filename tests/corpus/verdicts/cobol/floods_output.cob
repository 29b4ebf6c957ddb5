*>: claim = "Prints for ever."
*>: verdict = "OLE"
*>: output_limit_kb = 64
*>: reason_contains = ["more than 65536 bytes to stdout"]
identification division.
program-id. solution.
procedure division.
    perform until 1 = 2
        display "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    end-perform
    stop run.
