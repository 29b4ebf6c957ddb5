-- : claim = "Consists of two files."
-- : verdict = "AC"
-- : files = {"Adding.hs" = "module Adding where\n\nsame :: Int -> Int\nsame x = x\n"}
import Adding

main :: IO ()
main = do
  numbers <- map read . tail . words <$> getContents
  let total = sum numbers :: Int
  print (same total)
