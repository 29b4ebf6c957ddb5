;;: claim = "Recurses 100,000 calls deep."
;;: verdict = "AC"
(defn deep [n] (if (zero? n) 0 (* 2 (deep (dec n)))))
(read-line)
(def sum (reduce + (map parse-long (.split (read-line) " "))))
(println (+ (deep 100000) sum))
