//: claim = "Consists of two files."
//: verdict = "AC"
//: files = {"adding.pas" = "unit Adding;\ninterface\nfunction Same(x: Int64): Int64;\nimplementation\nfunction Same(x: Int64): Int64;\nbegin\n  Same := x;\nend;\nend.\n"}
program main;
uses
  Adding;
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
  writeln(Same(sum));
end.
