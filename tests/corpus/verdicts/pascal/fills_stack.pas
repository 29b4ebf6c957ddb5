//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
function Deep(n: LongInt): LongInt;
var
  data: array[0..4095] of Byte;
begin
  data[n mod 4096] := n mod 2;
  if n = 0 then Deep := 0 else Deep := Deep(n - 1) + data[n mod 4096];
end;

begin
  writeln(Deep(262144));
end.
