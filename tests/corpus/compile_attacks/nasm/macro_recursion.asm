;: claim = "A macro that repeats without an end ends at a limit of the assembler's, or of a compilation."
;: status = "COMPILE_ERROR"
;: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
        global  _start
_start:
%rep 1 << 40
%rep 1 << 40
        nop
%endrep
%endrep
