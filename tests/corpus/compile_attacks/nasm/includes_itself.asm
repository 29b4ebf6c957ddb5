;: claim = "A source that includes itself ends at a limit of the assembler's."
;: status = "COMPILE_ERROR"
;: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
%include "main.asm"
