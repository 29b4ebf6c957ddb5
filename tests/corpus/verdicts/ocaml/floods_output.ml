(*: claim = "Prints for ever." *)
(*: verdict = "OLE" *)
(*: output_limit_kb = 64 *)
(*: reason_contains = ["more than 65536 bytes to stdout"] *)
let () =
  while true do
    print_endline (String.make 70 'x')
  done
