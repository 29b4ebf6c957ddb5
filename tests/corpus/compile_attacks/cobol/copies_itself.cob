*>: claim = "A program that copies itself ends at a limit."
*>: status = "COMPILE_ERROR"
*>: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "output_limit"]
identification division.
program-id. solution.
procedure division.
    copy "main.cob".
    stop run.
