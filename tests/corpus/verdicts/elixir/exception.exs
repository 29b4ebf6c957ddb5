#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
IO.gets("")
sum = IO.gets("") |> String.split() |> Enum.map(&String.to_integer/1) |> Enum.sum()
IO.puts(div(sum, sum - 6))
