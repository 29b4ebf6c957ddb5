;;: claim = "Prints the right answer, and ends with an exit code that is not 0."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 3"]
(read-line)
(def sum (reduce + (map parse-long (.split (read-line) " "))))
(println sum)
(flush)
(System/exit 3)
