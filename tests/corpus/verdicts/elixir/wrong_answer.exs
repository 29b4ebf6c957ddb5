#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
IO.gets("")
sum = IO.gets("") |> String.split() |> Enum.map(&String.to_integer/1) |> Enum.sum()
IO.puts(sum + 1)
