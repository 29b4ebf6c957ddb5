-- : claim = "Code that Template Haskell runs has the environment of programs, and cannot leave anything for the run."
-- : status = "OK"
-- : stdout = "(\"/workspace\",Nothing,False)\n"
{-# LANGUAGE TemplateHaskell #-}
import Language.Haskell.TH
import Language.Haskell.TH.Syntax
import System.Environment
import System.IO.Error

main :: IO ()
main = do
  left <- either (const False) (const True) <$> tryIOError (readFile "/tmp/word")
  print (home, host, left)
  where
    home = $(runIO (writeFile "/tmp/word" "BREACH" >> getEnv "HOME") >>= lift)
    host = $(runIO (lookupEnv "DOCKER_HOST") >>= lift) :: Maybe String
