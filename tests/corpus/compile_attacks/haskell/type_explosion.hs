-- : claim = "Types that grow exponentially end at a limit of a compilation."
-- : status = "COMPILE_ERROR"
-- : reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
main :: IO ()
main = print (fst (f (f (f (f (f (f (f (f (1 :: Int)))))))) `seq` 1)
  where
    f x = g (g (g (g x)))
    g x = let y = (x, x) in let z = (y, y) in let u = (z, z) in let v = (u, u) in (v, v)
