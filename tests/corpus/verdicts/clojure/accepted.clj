;;: claim = "Adds the numbers up."
;;: verdict = "AC"
(read-line)
(def sum (reduce + (map parse-long (.split (read-line) " "))))
(println sum)
