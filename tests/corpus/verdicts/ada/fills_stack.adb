--: claim = "Recurses until memory is full."
--: verdict = "MLE"
--: memory_limit_kb = 32768
--: reason_contains = ["memory"]
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   function Deep (N : Integer) return Integer is
      Data : String (1 .. 4096);
      pragma Volatile (Data);
   begin
      Data (1) := Character'Val (N mod 256);
      return (if N = 0 then 0 else Deep (N - 1) + Character'Pos (Data (1)) mod 2);
   end Deep;

begin
   Put_Line (Deep (2 ** 18)'Image);
end Main;
