-- : claim = "Adds the numbers up."
-- : verdict = "AC"
main :: IO ()
main = do
  numbers <- map read . tail . words <$> getContents
  let total = sum numbers :: Int
  print total
