;;: claim = "Ends by a signal."
;;: verdict = "RTE"
;;: reason_contains = ["SIGABRT"]
(let [field (doto (.getDeclaredField sun.misc.Unsafe "theUnsafe") (.setAccessible true))
      ^sun.misc.Unsafe unsafe (.get field nil)]
  (.putAddress unsafe 0 0))
