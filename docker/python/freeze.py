"""Print a C header with the compiled modules that main.c puts into the executable. Runs inside an image build.

Only modules that a start imports before the program's directory is on sys.path are included. A program's own file may
have the name of any other module of the library (`queue.py`), and then must be the one that is imported.
"""

import importlib.util
import marshal

import sitecustomize

rows = []
for name in (*sitecustomize.FROZEN, "sitecustomize"):
    spec = importlib.util.find_spec(name)
    code = marshal.dumps(spec.loader.get_code(name))  # has the file's path, so that a traceback shows its lines
    variable = name.replace(".", "_")
    print(f"static const unsigned char {variable}[] = {{{', '.join(map(str, code))}}};")
    is_package = int(spec.submodule_search_locations is not None)
    rows.append(f'\t{{.name = "{name}", .code = {variable}, .size = sizeof {variable}, .is_package = {is_package}}},')
print("static const struct _frozen frozen_modules[] = {", *rows, "\t{0},", "};", sep="\n")
