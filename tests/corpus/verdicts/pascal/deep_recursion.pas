//: claim = "Recurses a million calls deep."
//: verdict = "AC"
//: memory_limit_kb = 131072
program main;
var
  n, i: LongInt;
  x, sum: Int64;

function Deep(n: Int64): Int64;
begin
  if n = 0 then Deep := 0 else Deep := Deep(n - 1) * 2;
end;

begin
  read(n);
  sum := 0;
  for i := 1 to n do
  begin
    read(x);
    sum := sum + x;
  end;
  writeln(sum + Deep(1000000));
end.
