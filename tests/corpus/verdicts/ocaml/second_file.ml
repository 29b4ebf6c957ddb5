(*: claim = "Consists of two files." *)
(*: verdict = "AC" *)
(*: files = {"adding.ml" = "let same x = x\n"} *)
let () =
  let n = Scanf.scanf " %d" Fun.id in
  let sum = ref 0 in
  for _ = 1 to n do
    sum := !sum + Scanf.scanf " %d" Fun.id
  done;
  Printf.printf "%d\n" (Adding.same !sum)
