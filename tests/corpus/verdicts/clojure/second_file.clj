;;: claim = "Calls a function of another file of the program."
;;: verdict = "AC"
;;: files = { "lib/total.clj" = "(defn total [line] (reduce + (map parse-long (.split line \" \"))))\n" }
(load-file "lib/total.clj")
(read-line)
(println (total (read-line)))
