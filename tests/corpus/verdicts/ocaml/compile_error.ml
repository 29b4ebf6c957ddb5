(*: claim = "Is not a program." *)
(*: verdict = "CE" *)
(*: compile_output_contains = ["Unbound value"] *)
let () = print_int undeclared
