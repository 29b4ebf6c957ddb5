//: claim = "A file that includes itself ends at a limit of the compiler's."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
{$I main.pas}
begin
end.
