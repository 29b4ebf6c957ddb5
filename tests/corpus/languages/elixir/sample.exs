defmodule Sample do
  def made(0, _, values), do: values

  def made(n, value, values) do
    next = rem(value * 48271, 2_147_483_647)
    made(n - 1, next, [next | values])
  end
end

n = IO.gets("") |> String.trim() |> String.to_integer()
values = Enum.sort(Sample.made(n, 1, []))

{checksum, _} =
  Enum.reduce(values, {0, 1}, fn value, {sum, at} -> {rem(sum + at * value, 1_000_000_007), at + 1} end)

{key, count} =
  values |> Enum.frequencies_by(&rem(&1, 1000)) |> Enum.max_by(fn {key, count} -> {count, -key} end)

distinct = values |> Enum.uniq_by(&rem(&1, 100_000)) |> length()
IO.puts("#{distinct} #{checksum} #{key} #{count}")
