#: claim = "Recurses 100,000 calls deep."
#: verdict = "AC"
defmodule Deep do
  def run(0), do: 0
  def run(n), do: run(n - 1) * 2
end

IO.gets("")
sum = IO.gets("") |> String.split() |> Enum.map(&String.to_integer/1) |> Enum.sum()
IO.puts(Deep.run(100_000) + sum)
