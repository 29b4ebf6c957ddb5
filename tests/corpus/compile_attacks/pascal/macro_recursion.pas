//: claim = "A macro that contains itself ends at a limit of the compiler's."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
{$MACRO ON}
{$DEFINE twice := twice twice}
begin
  twice;
end.
