--: claim = "Prints the right answer, and ends with an exit code that is not 0."
--: verdict = "RTE"
--: reason_contains = ["exit code 3"]
with Ada.Command_Line;
with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   N, X : Integer;
   Sum  : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (X);
      Sum := Sum + Long_Long_Integer (X);
   end loop;
   Ada.Command_Line.Set_Exit_Status (3);
   Ada.Text_IO.Put_Line (Long_Long_Integer'Image (Sum));
end Main;
