--: claim = "Is not a program."
--: verdict = "CE"
--: compile_output_contains = ["\"Undeclared\" is undefined"]
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
begin
   Put_Line (Undeclared);
end Main;
