#: claim = "Reads a million lines at once, within two seconds: line by line, each would be a message."
#: verdict = "AC"
#: time_limit_ms = 2000
#: wall_time_limit_ms = 10000
#: lines = 1000000
#: memory_limit_kb = 524288
[_ | lines] = File.read!("/dev/stdin") |> String.split("\n", trim: true)
lines |> Enum.map(&String.to_integer/1) |> Enum.sum() |> IO.puts()
