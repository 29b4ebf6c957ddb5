(*: claim = "Ends by a signal that it sends itself." *)
(*: verdict = "RTE" *)
(*: reason_contains = ["SIGKILL"] *)
let () =
  Unix.kill (Unix.getpid ()) Sys.sigkill;
  Unix.sleep 5
