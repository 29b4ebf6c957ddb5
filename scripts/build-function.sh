#!/usr/bin/env bash
# Makes what runs in Lambda: zuko/, handler/ and the locked dependencies that both need there, compiled.
# `sam build` calls it by way of the Makefile; it needs uv, and no pip.
#
#   scripts/build-function.sh DIRECTORY    an empty directory, or one that is to be emptied
set -euo pipefail
to=${1:?the directory to build into}
mkdir -p "$to"
to=$(cd "$to" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=/dev/null
if [ -f .tools/env ]; then . .tools/env; fi
UV=${UV:-uv}

# Left out: what serves HTTP elsewhere (API Gateway does it here), what the command line prints with, and boto3, which
# Lambda brings along. Its own may be some months older than uv.lock's; of it we use one call, GetSecretValue, and it
# would triple the package.
PRUNED=(uvicorn click rich boto3)

# One package for arm64 and x86_64: make does not know which of them the template is deployed with, and a wrong guess
# would be noticed by the first request. Compiled modules carry the platform in their name, so they lie side by side.
PLATFORMS=(aarch64-manylinux_2_28 x86_64-manylinux_2_28)

work=$(mktemp -d "${TMPDIR:-/tmp}/zuko-function.XXXXXX")
trap 'rm -rf "$work"' EXIT

"$UV" export --quiet --frozen --no-dev --extra lambda --no-emit-project "${PRUNED[@]/#/--prune=}" \
    -o "$work/requirements.txt"
find "$to" -mindepth 1 -delete
for platform in "${PLATFORMS[@]}"; do
    "$UV" pip install --quiet --no-deps --require-hashes --only-binary :all: --link-mode copy \
        --python-version 3.12 --python-platform "$platform" --target "$work/$platform" -r "$work/requirements.txt"
    cp -R "$work/$platform/." "$to/"
done
# dist-info stays: OpenTelemetry, which FastAPI imports, finds its parts by it.
rm -rf "${to:?}"/bin "$to"/.lock "$to"/fastapi_offline/static/redoc*

cp -R zuko handler "$to/"
find "$to" -name __pycache__ -prune -exec rm -rf {} +
# Lambda's copy is read-only and has times of its own: files that are checked against their source's time would be
# compiled again by every cold start. These are not checked at all, which also saves a look at each source.
python=3.12 # the one that set-up found, where it was run: uv looks in fewer places, and would download another
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
"$UV" run --no-project --python "$python" python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -s "$to" -p /var/task "$to"
chmod -R a+rX "$to"
