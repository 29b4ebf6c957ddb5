"""Python: CPython and PyPy."""

from dataclasses import replace
from typing import Final

from zuko.languages.language import COMMON_ENV, Language

PYTHON: Final = Language(
    name="python",
    code="python3",
    title="Python",
    version="3.12",
    image="zuko-python:3.12",
    source_name="main.py",
    run_argv=("/usr/local/bin/python3.12", "main.py"),
    # PYTHONNOUSERSITE: the user has no packages, so save reading two directories at every start.
    # PYTHONINTMAXSTRDIGITS: no limit of digits, as other judges have it; there is a limit of time.
    env=(
        *COMMON_ENV,
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONINTMAXSTRDIGITS", "0"),
    ),
    aliases=("python3", "py"),
    flush_signal=64,  # SIGRTMAX: handled by docker/python/sitecustomize.py
    warm_path="/usr/local/sbin/zuko-warm",  # docker/python/main.c
)

# PYPY_GC_NURSERY: PyPy takes half of the processor's last cache for new objects, which is 240 MB on some servers. This
# is what it takes where it finds no size.
PYPY: Final = Language(
    name="pypy",
    code="python3",
    title="Python (PyPy)",
    version="3.11",
    image="zuko-pypy:3.11",
    source_name="main.py",
    run_argv=("/usr/bin/pypy3", "main.py"),
    env=(*PYTHON.env, ("PYPY_GC_NURSERY", "4MB")),
    aliases=("pypy3",),
    memory_mib=256,  # 50 of them for the interpreter
    flush_signal=PYTHON.flush_signal,  # handled by the same module
)

PYTHON_313: Final = replace(
    PYTHON,
    name="python@3.13",
    version="3.13",
    image="zuko-cpython:3.13",
    run_argv=("/usr/bin/python3.13", "main.py"),
    aliases=("python3.13",),
    warm_path=None,
)

# With docker/python-data/requirements.txt. One thread: a sandbox has one core, and BLAS would start one for each of the
# host's. MPLCONFIGDIR: matplotlib writes a list of fonts there.
PYTHON_DATA: Final = replace(
    PYTHON,
    name="python-data",
    title="Python with numpy, pandas and others",
    image="zuko-python-data:3.12",
    env=(
        *PYTHON.env,
        ("MPLBACKEND", "Agg"),
        ("MPLCONFIGDIR", "/tmp/matplotlib"),  # noqa: S108 - of the sandbox
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
    ),
    aliases=("data",),
    memory_mib=512,
    warm_mib=80,  # it has imported what docker/python-data/zuko_ahead.py names
)

ROWS: Final = (PYTHON, PYTHON_313, PYPY, PYTHON_DATA)
