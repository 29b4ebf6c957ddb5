(*: claim = "Recurses a million calls deep." *)
(*: verdict = "AC" *)
(*: memory_limit_kb = 131072 *)
let rec deep n = if n = 0 then 0 else 2 * deep (n - 1)

let () =
  let n = Scanf.scanf " %d" Fun.id in
  let sum = ref 0 in
  for _ = 1 to n do
    sum := !sum + Scanf.scanf " %d" Fun.id
  done;
  Printf.printf "%d\n" (!sum + deep 1_000_000)
