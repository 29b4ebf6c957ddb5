//: claim = "Ends by a signal that it sends itself."
//: verdict = "RTE"
//: reason_contains = ["SIGKILL"]
uses
  BaseUnix;
begin
  fpKill(fpGetPid, SIGKILL);
  fpPause;
end.
