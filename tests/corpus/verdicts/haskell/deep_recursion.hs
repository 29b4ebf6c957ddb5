-- : claim = "Recurses a million calls deep."
-- : verdict = "AC"
-- : memory_limit_kb = 131072
main :: IO ()
main = do
  numbers <- map read . tail . words <$> getContents
  let total = sum numbers :: Int
  print (total + deep 1000000)

deep :: Int -> Int
deep 0 = 0
deep n = 2 * deep (n - 1)
