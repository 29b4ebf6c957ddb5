-- : claim = "Reads a million lines in the usual way, within two seconds."
-- : verdict = "AC"
-- : time_limit_ms = 2000
-- : wall_time_limit_ms = 10000
-- : lines = 1000000
import qualified Data.ByteString.Char8 as Bytes
import Data.Maybe (mapMaybe)

main :: IO ()
main = do
  input <- Bytes.getContents
  let numbers = map fst (mapMaybe Bytes.readInt (Bytes.lines input))
  print (sum (tail numbers))
