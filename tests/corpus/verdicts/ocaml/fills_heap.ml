(*: claim = "Fills memory." *)
(*: verdict = "MLE" *)
(*: memory_limit_kb = 32768 *)
(*: reason_contains = ["memory"] *)
let () =
  let blocks = List.init 1024 (fun i -> Bytes.make 1048576 (Char.chr (i land 255))) in
  print_int (List.length blocks)
