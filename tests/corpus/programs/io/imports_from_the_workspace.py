#: claim = "A program may write a module next to itself and import it."
#: status = "OK"
#: stdout = "hello from the module\n"
with open("helper.py", "w") as file:
    file.write("def hello():\n    return 'hello from the module'\n")

import helper

print(helper.hello())
