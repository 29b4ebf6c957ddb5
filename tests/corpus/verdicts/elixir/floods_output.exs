#: claim = "Prints for ever."
#: verdict = "OLE"
#: output_limit_kb = 64
#: reason_contains = ["more than 65536 bytes to stdout"]
Stream.repeatedly(fn -> IO.puts(String.duplicate("x", 1000)) end) |> Stream.run()
