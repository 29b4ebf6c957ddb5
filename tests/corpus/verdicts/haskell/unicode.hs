-- : claim = "Passes Unicode through."
-- : verdict = "AC"
-- : input = "Žižka 🦀\n"
-- : output = "Hello, Žižka 🦀!\n"
main :: IO ()
main = do
  name <- getLine
  putStrLn ("Hello, " ++ name ++ "!")
