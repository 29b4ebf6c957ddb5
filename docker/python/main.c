/* CPython's main, with the modules that every start imports in the executable (see freeze.py), like `os` and `site`. So
 * they are not searched for in two directories of 196 and 125 names.
 *
 * Under the name of WARM it is a warm runtime (docker/init/warm.h): it starts as for `python3.12 main.py`, and each
 * program is forked from it at the point where CPython would begin to run main.py. Everything before that point is the
 * same for every program, and everything after it is CPython's own. An image may have modules imported before it, too. */
#include <Python.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "frozen.h"
#include "warm.h"

#define WARM "/usr/local/sbin/zuko-warm"
#define AHEAD "/usr/local/lib/python3.12/zuko_ahead.py" /* in some images */

/* Imports what programs of this image begin with. The module is kept for ever: it holds what must not be freed. Returns
 * whether there is any. */
static bool import_ahead(void)
{
	if (access(AHEAD, R_OK) != 0)
		return false;
	PyObject *module = PyImport_ImportModule("zuko_ahead");
	PyObject *done = module ? PyObject_CallMethod(module, "prepare", NULL) : NULL;
	if (!done) {
		PyErr_Print();
		exit(1);
	}
	Py_DECREF(done);
	return true;
}

static int run_warm(int argc, char **argv, char *name)
{
	PyPreConfig preconfig;
	PyConfig config;

	/* Programs find the name that they would be executed by. */
	if (strlen(argv[0]) <= strlen(name))
		strcpy(name, argv[0]);
	prctl(PR_SET_NAME, strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]);

	/* These are the steps of Py_BytesMain. */
	PyPreConfig_InitPythonConfig(&preconfig);
	PyConfig_InitPythonConfig(&config);
	PyStatus status = Py_PreInitializeFromBytesArgs(&preconfig, argc, argv);
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesArgv(&config, argc, argv);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		Py_ExitStatusException(status);
	bool is_ahead = import_ahead();

	warm_serve(&(struct warm_hooks){
		.before = PyOS_BeforeFork,
		.in_parent = PyOS_AfterFork_Parent,
		.forked = PyOS_AfterFork_Child,
		.argv = argv,
	});
	int code = Py_RunMain();
	if (is_ahead) { /* a hundred libraries would end by writing to pages that are shared, a third of a hello-world */
		fflush(NULL);
		_exit(code);
	}
	return code;
}

int main(int argc, char **argv)
{
	char *name = (char *)getauxval(AT_EXECFN);

	PyImport_FrozenModules = frozen_modules;
	if (name && strcmp(name, WARM) == 0 && argc > 0)
		return run_warm(argc, argv, name);
	return Py_BytesMain(argc, argv);
}
