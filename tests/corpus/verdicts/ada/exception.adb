--: claim = "Ends by an exception that it does not catch."
--: verdict = "RTE"
--: reason_contains = ["exit code 1"]
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
begin
   Put_Line (Integer'Value ("x")'Image);
end Main;
