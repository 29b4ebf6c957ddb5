#: claim = "Recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 131072
#: reason_contains = ["memory"]
defmodule Deep do
  def run(0), do: 0
  def run(n), do: run(n - 1) + 1
end

IO.puts(Deep.run(1_000_000_000))
