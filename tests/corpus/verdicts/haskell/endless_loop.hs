-- : claim = "Computes for ever."
-- : verdict = "TLE"
-- : time_limit_ms = 200
-- : reason_contains = ["was stopped after", "of CPU time"]
import Data.IORef

main :: IO ()
main = newIORef (0 :: Int) >>= loop
  where
    loop counter = modifyIORef' counter (+ 1) >> loop counter
