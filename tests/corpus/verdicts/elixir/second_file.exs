#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.exs" = "defmodule Total do\n  def of(line), do: line |> String.split() |> Enum.map(&String.to_integer/1) |> Enum.sum()\nend\n" }
Code.require_file("lib/total.exs")
IO.gets("")
IO.puts(Total.of(IO.gets("")))
