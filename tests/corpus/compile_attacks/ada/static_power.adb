--: claim = "A static expression of a huge number ends at a limit of the compiler's."
--: status = "COMPILE_ERROR"
--: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
procedure Main is
   X : constant := 3 ** (2 ** 30);
   Y : constant Boolean := X mod 2 = 1;
begin
   if Y then
      null;
   end if;
end Main;
