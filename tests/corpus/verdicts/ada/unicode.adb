--: claim = "Passes Unicode through."
--: verdict = "AC"
--: input = "Žižka 🦀\n"
--: output = "Hello, Žižka 🦀!\n"
with Ada.Text_IO; use Ada.Text_IO;

procedure Main is
begin
   Put_Line ("Hello, " & Get_Line & "!");
end Main;
