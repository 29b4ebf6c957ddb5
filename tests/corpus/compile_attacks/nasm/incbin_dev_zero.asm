;: claim = "Embedding /dev/zero is refused, or ends at a limit."
;: status = "COMPILE_ERROR"
;: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "output_limit"]
        global  _start
_start: incbin  "/dev/zero"
