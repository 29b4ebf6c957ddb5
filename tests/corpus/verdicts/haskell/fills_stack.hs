-- : claim = "Recurses until memory is full."
-- : verdict = "MLE"
-- : memory_limit_kb = 32768
-- : reason_contains = ["memory"]
deep :: Int -> Integer
deep 0 = 0
deep n = 1 + deep (n - 1)

main :: IO ()
main = print (deep 1000000000)
