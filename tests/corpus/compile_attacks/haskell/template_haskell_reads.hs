-- : claim = "Code that Template Haskell runs reads the sandbox's files, which have nothing of the host."
-- : status = "OK"
-- : stdout_contains = ["root:x:0:0"]
-- : stdout_excludes = ["docker"]
{-# LANGUAGE TemplateHaskell #-}
import Language.Haskell.TH

main :: IO ()
main = putStrLn $(runIO (readFile "/etc/passwd") >>= stringE . take 2000)
