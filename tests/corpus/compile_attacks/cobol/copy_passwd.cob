*>: claim = "Copying /etc/passwd into a program shows the image's own users."
*>: status = "COMPILE_ERROR"
*>: reason = "compile_failed"
*>: compile_output_excludes = ["docker"]
identification division.
program-id. solution.
procedure division.
    copy "/etc/passwd".
    stop run.
