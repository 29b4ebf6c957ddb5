//: claim = "Including /etc/passwd shows the image's own users."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_excludes = ["docker"]
begin
  {$I /etc/passwd}
end.
