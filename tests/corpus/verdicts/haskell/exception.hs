-- : claim = "Ends by an exception that it does not catch."
-- : verdict = "RTE"
-- : reason_contains = ["exit code 1"]
main :: IO ()
main = print (head (drop 1 [0 :: Int]))
