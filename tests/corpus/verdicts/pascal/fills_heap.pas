//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
var
  i: Integer;
  block: PByte;
begin
  for i := 1 to 1024 do
  begin
    block := GetMem(1048576);
    FillChar(block^, 1048576, i);
  end;
  writeln(block^);
end.
