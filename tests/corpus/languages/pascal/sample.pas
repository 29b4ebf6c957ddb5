{$mode objfpc}
program sample;
var
  values: array of Int64;
  counts: array[0..999] of Integer;
  seen: array[0..99999] of Boolean;
  n, at, mode, distinct: Integer;
  value, checksum: Int64;

procedure Sort(first, last: Integer);
var
  i, j: Integer;
  pivot, held: Int64;
begin
  i := first;
  j := last;
  pivot := values[(first + last) div 2];
  repeat
    while values[i] < pivot do Inc(i);
    while values[j] > pivot do Dec(j);
    if i <= j then
    begin
      held := values[i];
      values[i] := values[j];
      values[j] := held;
      Inc(i);
      Dec(j);
    end;
  until i > j;
  if first < j then Sort(first, j);
  if i < last then Sort(i, last);
end;

begin
  readln(n);
  SetLength(values, n);
  value := 1;
  for at := 0 to n - 1 do
  begin
    value := value * 48271 mod 2147483647;
    values[at] := value;
  end;
  Sort(0, n - 1);
  checksum := 0;
  distinct := 0;
  for at := 0 to n - 1 do
  begin
    checksum := (checksum + (at + 1) * values[at]) mod 1000000007;
    if not seen[values[at] mod 100000] then Inc(distinct);
    seen[values[at] mod 100000] := True;
    Inc(counts[values[at] mod 1000]);
  end;
  mode := 0;
  for at := 1 to 999 do
    if counts[at] > counts[mode] then mode := at;
  writeln(distinct, ' ', checksum, ' ', mode, ' ', counts[mode]);
end.
