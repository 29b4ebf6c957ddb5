;;: claim = "Prints for ever."
;;: verdict = "OLE"
;;: output_limit_kb = 64
;;: reason_contains = ["more than 65536 bytes to stdout"]
(let loop ()
  (display (make-string 1000 #\x))
  (newline)
  (loop))
