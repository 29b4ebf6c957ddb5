import Data.List (foldl', sort)
import qualified Data.IntMap.Strict as IntMap
import qualified Data.IntSet as IntSet

main :: IO ()
main = do
  n <- readLn :: IO Int
  let values = sort (take n (tail (iterate (\value -> value * 48271 `mod` 2147483647) 1)))
      checksum = foldl' (\sum' (at, value) -> (sum' + at * value) `mod` 1000000007) 0 (zip [1 ..] values)
      distinct = IntSet.fromList (map (`mod` 100000) values)
      counts = IntMap.fromListWith (+) [(value `mod` 1000, 1 :: Int) | value <- values]
      (mode, count) = IntMap.foldlWithKey' (\best key this -> if this > snd best then (key, this) else best) (0, 0) counts
  putStrLn (unwords (map show [IntSet.size distinct, checksum, mode, count]))
