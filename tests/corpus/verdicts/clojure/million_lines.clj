;;: claim = "Reads a million lines in the usual way, within four seconds."
;;: verdict = "AC"
;;: time_limit_ms = 4000
;;: wall_time_limit_ms = 10000
;;: lines = 1000000
(read-line)
(println (reduce (fn [sum line] (+ (long sum) (parse-long line))) 0 (line-seq (java.io.BufferedReader. *in*))))
