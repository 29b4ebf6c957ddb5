-- : claim = "Prints for ever."
-- : verdict = "OLE"
-- : output_limit_kb = 64
-- : reason_contains = ["more than 65536 bytes to stdout"]
main :: IO ()
main = putStrLn (replicate 70 'x') >> main
