-- : claim = "Sleeps for ever."
-- : verdict = "TLE"
-- : time_limit_ms = 200
-- : wall_time_limit_ms = 300
-- : reason_contains = ["of wall time"]
import Control.Concurrent

main :: IO ()
main = threadDelay 3600000000
