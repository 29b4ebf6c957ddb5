//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
begin
  while True do writeln(StringOfChar('x', 70));
end.
