(*: claim = "Computes for ever." *)
(*: verdict = "TLE" *)
(*: time_limit_ms = 200 *)
(*: reason_contains = ["was stopped after", "of CPU time"] *)
let () =
  let n = ref 0 in
  while true do
    incr n
  done
