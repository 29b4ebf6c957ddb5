--: claim = "Prints for ever."
--: verdict = "OLE"
--: output_limit_kb = 64
--: reason_contains = ["more than 65536 bytes to stdout"]
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
begin
   loop
      Put_Line ([1 .. 70 => 'x']);
   end loop;
end Main;
