;;: claim = "Is one off."
;;: verdict = "WA"
;;: reason_contains = ["differs"]
(read-line)
(def sum (reduce + (map parse-long (.split (read-line) " "))))
(println (inc sum))
