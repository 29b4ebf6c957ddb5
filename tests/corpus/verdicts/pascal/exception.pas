//: claim = "Ends by an exception that it does not catch."
//: verdict = "RTE"
//: reason_contains = ["exit code 217"]
{$mode objfpc}
uses
  SysUtils;
begin
  writeln(StrToInt('x'));
end.
