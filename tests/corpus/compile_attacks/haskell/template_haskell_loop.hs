-- : claim = "A loop that Template Haskell runs ends at a limit of a compilation."
-- : status = "COMPILE_ERROR"
-- : reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
{-# LANGUAGE TemplateHaskell #-}
import Language.Haskell.TH

main :: IO ()
main = print $(runIO (let loop n = if n < 0 then return () else loop (n + 1 :: Integer) in loop 0) >> [|1 :: Int|])
