-- : claim = "Is not a program."
-- : verdict = "CE"
-- : compile_output_contains = ["Variable not in scope: undeclared"]
main :: IO ()
main = print undeclared
