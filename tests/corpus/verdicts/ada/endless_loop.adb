--: claim = "Computes for ever."
--: verdict = "TLE"
--: time_limit_ms = 200
--: reason_contains = ["was stopped after", "of CPU time"]
procedure Main is
   N : Long_Long_Integer := 0;
   pragma Volatile (N);
begin
   loop
      N := N + 1;
   end loop;
end Main;
