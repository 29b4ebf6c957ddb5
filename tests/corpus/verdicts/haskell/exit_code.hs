-- : claim = "Prints the right answer, and ends with an exit code that is not 0."
-- : verdict = "RTE"
-- : reason_contains = ["exit code 3"]
import System.Exit

main :: IO ()
main = do
  numbers <- map read . tail . words <$> getContents
  let total = sum numbers :: Int
  print total
  exitWith (ExitFailure 3)
