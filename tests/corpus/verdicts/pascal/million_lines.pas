//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
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
