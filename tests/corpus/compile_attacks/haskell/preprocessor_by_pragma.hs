-- : claim = "A preprocessor that a pragma names runs in the sandbox of a compilation, and nothing of it stays."
-- : status = ["COMPILE_ERROR", "OK"]
-- : reason = ["compile_failed", "none"]
{-# OPTIONS_GHC -F -pgmF /bin/touch -optF /tmp/word #-}
import System.IO.Error

main :: IO ()
main = tryIOError (readFile "/tmp/word") >>= either (const (putStrLn "no file")) (const (putStrLn "BREACH: it is there"))
