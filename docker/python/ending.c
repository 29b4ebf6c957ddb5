/*
 * The end of an interpreter without its last part, in which no Python code can run any more and which returns memory
 * alone, one object after the other: the kernel does that for all of it at once. It is a fifth of the CPU time of a
 * hello-world that was forked from a warm runtime, since it writes to pages that are shared until then.
 *
 * The linker replaces these functions of CPython's by ours (link.sh), which the archive of the interpreter allows.
 *
 * Tried as well: to set aside what was there before the program, as gc.freeze() does it, for the collections of garbage at
 * the end. That is another fifth, but what a program has attached to a class or a function of the library is then not
 * finalized, and the rest in another order (tests/corpus/warm/last.py).
 */
#define Py_BUILD_CORE
#include <Python.h>

/* Called when the last object of a program has gone. A subinterpreter may end long before its process. */
#define ONLY_IN_SUBINTERPRETERS(name)                    \
	void __real_##name(PyInterpreterState *interpreter); \
	void __wrap_##name(PyInterpreterState *interpreter); \
	void __wrap_##name(PyInterpreterState *interpreter)  \
	{                                                    \
		if (interpreter != PyInterpreterState_Main())    \
			__real_##name(interpreter);                  \
	}

ONLY_IN_SUBINTERPRETERS(_PyExc_Fini)
ONLY_IN_SUBINTERPRETERS(_PyTypes_FiniTypes)
ONLY_IN_SUBINTERPRETERS(_PyTypes_Fini)
ONLY_IN_SUBINTERPRETERS(_PyUnicode_FiniTypes)
ONLY_IN_SUBINTERPRETERS(_PyUnicode_ClearInterned)

/* Frees what the code of the executable's own modules keeps. It is called for the main interpreter alone. */
void __wrap__Py_Deepfreeze_Fini(void);
void __wrap__Py_Deepfreeze_Fini(void)
{
}
