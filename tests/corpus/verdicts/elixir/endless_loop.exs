#: claim = "Computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 1200
#: reason_contains = ["was stopped after", "of CPU time"]
defmodule Loop do
  def run(n), do: run(n + 1)
end

Loop.run(0)
