(*: claim = "Ends by an exception that it does not catch." *)
(*: verdict = "RTE" *)
(*: reason_contains = ["exit code 2"] *)
let () = print_int (int_of_string "x")
