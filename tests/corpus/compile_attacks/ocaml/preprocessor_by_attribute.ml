(*: claim = "No preprocessor that a source names is run: only a command's options start one." *)
(*: status = "OK" *)
(*: stdout = "no file\n" *)
[@@@ppx "/bin/sh -c 'touch /tmp/word'"]
[@@@ocaml.ppx.context { tool_name = "ocamlopt"; include_dirs = [] }]

#1 "/etc/passwd"

let () = print_endline (if Sys.file_exists "/tmp/word" then "BREACH: it was run" else "no file")
