(*: claim = "Prints the right answer, and ends with an exit code that is not 0." *)
(*: verdict = "RTE" *)
(*: reason_contains = ["exit code 3"] *)
let () =
  let n = Scanf.scanf " %d" Fun.id in
  let sum = ref 0 in
  for _ = 1 to n do
    sum := !sum + Scanf.scanf " %d" Fun.id
  done;
  Printf.printf "%d\n" (!sum);
  exit 3
