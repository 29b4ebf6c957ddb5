"""Problem packages in the Kattis format, legacy and 2023-07/2025-09: `read_package` turns one into a problem.

    package/
    ├── problem.yaml               metadata.py
    ├── .timelimit                 metadata.py (legacy)
    ├── data/{sample,secret}/      testdata.py: *.in, *.ans, testdata.yaml (legacy.py), test_group.yaml (modern.py)
    ├── data/{in,}valid_*/         trials.py: cases that the validators are tried on
    ├── include/<language>/        includes.py: added to submissions
    ├── input_validators/          validators.py
    ├── output_validators/         programs.py (legacy)
    ├── output_validator/          programs.py
    └── submissions/<folder>/      submissions.py, expectations.py; verify.py compares them with judgements

`files.py` is the only module that reads a package from the file system, `document.py` the only one that reads YAML.
`archive.py` unpacks an archive into a directory. `polygon.py` reads packages of Polygon, `domjudge.py` additions of
DOMjudge.
"""

from zuko.package.read import Package, read_package

__all__ = ["Package", "read_package"]
