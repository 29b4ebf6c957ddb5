-- : claim = "Is one off."
-- : verdict = "WA"
-- : reason_contains = ["differs"]
main :: IO ()
main = do
  numbers <- map read . tail . words <$> getContents
  let total = sum numbers :: Int
  print (total + 1)
