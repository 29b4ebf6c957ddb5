//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
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
  halt(3);
end.
