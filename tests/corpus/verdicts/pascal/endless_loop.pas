//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
var
  n: Int64 = 0;
begin
  while n >= 0 do n := (n + 1) mod 1000000;
end.
