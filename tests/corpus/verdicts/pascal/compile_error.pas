//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["Identifier not found \"undeclared\""]
begin
  writeln(undeclared);
end.
