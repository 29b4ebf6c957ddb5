--: claim = "Ends by a signal that it sends itself."
--: verdict = "RTE"
--: reason_contains = ["SIGKILL"]
procedure Main is
   function Self return Integer with Import, Convention => C, External_Name => "getpid";
   procedure Kill (Process, Signal : Integer) with Import, Convention => C, External_Name => "kill";
begin
   Kill (Self, 9);
   delay 5.0;
end Main;
