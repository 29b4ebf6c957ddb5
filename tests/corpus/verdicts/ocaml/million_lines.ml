(*: claim = "Reads a million lines in the usual way, within two seconds." *)
(*: verdict = "AC" *)
(*: time_limit_ms = 2000 *)
(*: wall_time_limit_ms = 10000 *)
(*: lines = 1000000 *)
let () =
  let n = Scanf.scanf " %d" Fun.id in
  let sum = ref 0 in
  for _ = 1 to n do
    sum := !sum + Scanf.scanf " %d" Fun.id
  done;
  Printf.printf "%d\n" (!sum)
