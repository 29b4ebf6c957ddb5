;: claim = "An object of a terabyte ends where the files or the time of a compilation do."
;: status = "COMPILE_ERROR"
;: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "output_limit"]
        global  _start
_start: times   1 << 40 db 0
