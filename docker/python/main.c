/* CPython's main, with the modules that every start imports in the executable (see freeze.py), like `os` and `site`. So
 * they are not searched for in two directories of 196 and 125 names. */
#include <Python.h>

#include "frozen.h"

int main(int argc, char **argv)
{
	PyImport_FrozenModules = frozen_modules;
	return Py_BytesMain(argc, argv);
}
