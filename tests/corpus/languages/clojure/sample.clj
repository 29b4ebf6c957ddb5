(let [n (parse-long (read-line))
      values (->> 1
                  (iterate #(mod (* (long %) 48271) 2147483647))
                  (rest)
                  (take n)
                  (sort))
      checksum (reduce (fn [sum [at value]] (mod (+ (long sum) (* (long at) (long value))) 1000000007))
                       0
                       (map vector (iterate inc 1) values))
      counts (frequencies (map #(mod % 1000) values))
      [mode times] (first (sort-by (fn [[key times]] [(- times) key]) counts))]
  (println (count (distinct (map #(mod % 100000) values))) checksum mode times))
