(*: claim = "Adds the numbers up." *)
(*: verdict = "AC" *)
let () =
  let n = Scanf.scanf " %d" Fun.id in
  let sum = ref 0 in
  for _ = 1 to n do
    sum := !sum + Scanf.scanf " %d" Fun.id
  done;
  Printf.printf "%d\n" (!sum)
