*>: claim = "Copying /dev/zero ends at a limit of a compilation."
*>: status = "COMPILE_ERROR"
*>: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit", "output_limit"]
identification division.
program-id. solution.
procedure division.
    copy "/dev/zero".
    stop run.
