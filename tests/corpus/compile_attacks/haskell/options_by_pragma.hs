-- : claim = "Options of the linker and of the C compiler in a pragma are not used."
-- : status = "OK"
-- : stdout = "linked\n"
{-# OPTIONS_GHC -optl /etc/passwd -optc -fplugin=/workspace/word.so #-}
main :: IO ()
main = putStrLn "linked"
