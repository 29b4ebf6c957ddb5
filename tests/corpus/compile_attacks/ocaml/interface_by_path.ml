(*: claim = "An external primitive that does not exist is the linker's to refuse." *)
(*: status = "COMPILE_ERROR" *)
(*: reason = "compile_failed" *)
(*: compile_output_contains = ["undefined reference"] *)
external word : unit -> unit = "no_such_primitive"

let () = word ()
