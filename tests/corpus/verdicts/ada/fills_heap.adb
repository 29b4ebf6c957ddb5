--: claim = "Fills memory."
--: verdict = "MLE"
--: memory_limit_kb = 32768
--: reason_contains = ["memory"]
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
   type Text is access String;
   Blocks : array (1 .. 1024) of Text;
begin
   for I in Blocks'Range loop
      Blocks (I) := new String'(1 .. 2 ** 20 => 'x');
   end loop;
   Put_Line (Blocks (7).all (1 .. 3));
end Main;
