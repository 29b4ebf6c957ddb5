-- : claim = "Including /etc/passwd with CPP shows the image's own users."
-- : status = "COMPILE_ERROR"
-- : reason = "compile_failed"
-- : compile_output_excludes = ["docker"]
{-# LANGUAGE CPP #-}
#include "/etc/passwd"
main :: IO ()
main = return ()
