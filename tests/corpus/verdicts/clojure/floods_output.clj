;;: claim = "Prints for ever."
;;: verdict = "OLE"
;;: output_limit_kb = 64
;;: reason_contains = ["more than 65536 bytes to stdout"]
(def line (apply str (repeat 1000 "x")))
(while true (println line))
