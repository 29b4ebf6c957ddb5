--: claim = "Recurses a million calls deep."
--: verdict = "AC"
--: memory_limit_kb = 131072
with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   N, X : Integer;
   Sum  : Long_Long_Integer := 0;

   function Deep (N : Long_Long_Integer) return Long_Long_Integer is
      Data : Long_Long_Integer := N;
      pragma Volatile (Data);
   begin
      return (if N = 0 then 0 else Deep (N - 1) + Data - N);
   end Deep;

begin
   Get (N);
   for I in 1 .. N loop
      Get (X);
      Sum := Sum + Long_Long_Integer (X);
   end loop;
   Sum := Sum + Deep (1_000_000);
   Ada.Text_IO.Put_Line (Long_Long_Integer'Image (Sum));
end Main;
