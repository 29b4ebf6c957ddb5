/* CPython's own main, which knows the modules that every start imports as it knows `os` and `site`: they are in the
 * executable (see freeze.py), and not looked for in two directories of 196 and 125 names. */
#include <Python.h>

#include "frozen.h"

int main(int argc, char **argv)
{
	PyImport_FrozenModules = frozen_modules;
	return Py_BytesMain(argc, argv);
}
