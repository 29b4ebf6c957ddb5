#!/usr/bin/env bash
# The AWS SAM command line, in the version that this project is tested with: installs it into .tools if it is not
# there (some seconds, 240 MB), and runs it with the arguments given.
# Apart from the project's own dependencies, because it insists on other versions of click, boto3 and pydantic.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VERSION=1.170.0
tools=$PWD/.tools/sam-$VERSION
sam=$tools/aws-sam-cli/bin/sam

if [ ! -x "$sam" ]; then
    # shellcheck source=/dev/null
    if [ -f .tools/env ]; then . .tools/env; fi
    # The one that set-up found: uv looks in fewer places, and would download another.
    python=3.12
    if [ -x .venv/bin/python ]; then python=$(.venv/bin/python -c 'import sys; print(sys._base_executable)'); fi
    echo "sam:     installing aws-sam-cli $VERSION into .tools" >&2
    UV_TOOL_DIR=$tools UV_TOOL_BIN_DIR=$tools/bin \
        "${UV:-uv}" tool install --quiet --python "$python" "aws-sam-cli==$VERSION" >&2
fi
export SAM_CLI_TELEMETRY=0
exec "$sam" "$@"
