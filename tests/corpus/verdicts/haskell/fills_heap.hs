-- : claim = "Fills memory."
-- : verdict = "MLE"
-- : memory_limit_kb = 32768
-- : reason_contains = ["memory"]
import qualified Data.ByteString as Bytes

main :: IO ()
main = print (sum (map Bytes.length blocks), sum (map Bytes.last blocks))
  where
    blocks = [Bytes.replicate 1048576 at | at <- concat (replicate 5 [1 .. 200])]
