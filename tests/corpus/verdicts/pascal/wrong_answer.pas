//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
program main;
var
  n, i: LongInt;
  x, sum: Int64;
begin
  read(n);
  sum := 0;
  for i := 1 to n do
  begin
    read(x);
    sum := sum + x;
  end;
  writeln(sum + 1);
end.
