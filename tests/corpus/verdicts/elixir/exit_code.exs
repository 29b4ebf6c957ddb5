#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
IO.gets("")
sum = IO.gets("") |> String.split() |> Enum.map(&String.to_integer/1) |> Enum.sum()
IO.puts(sum)
System.halt(3)
