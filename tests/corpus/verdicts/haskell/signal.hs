-- : claim = "Aborts."
-- : verdict = "RTE"
-- : reason_contains = ["SIGABRT"]
foreign import ccall "abort" stop :: IO ()

main :: IO ()
main = stop
