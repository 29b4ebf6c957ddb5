//: claim = "Adds the numbers up."
//: verdict = "AC"
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
  writeln(sum);
end.
