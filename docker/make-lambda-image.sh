#!/usr/bin/env bash
# Make zuko-lambda:3.12, the image in which `sam local` runs the function (samconfig.toml): AWS's own image for Python
# 3.12 if its registry answers, or else a stand-in with the same parts, docker/lambda.Dockerfile.
# An image that is up to date is kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=/dev/null
if [ -f .tools/env ]; then . .tools/env; fi
UV=${UV:-uv}

IMAGE=zuko-lambda:3.12
REAL=public.ecr.aws/lambda/python:3.12
BASE=python:3.12-slim-trixie

say() { printf '%-8s %s\n' image: "$1"; }
have_image() { docker image inspect "$1" >/dev/null 2>&1; }

if have_image $REAL; then
    docker tag $REAL $IMAGE
    exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/zuko-lambda.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/runtime"
"$UV" export --quiet --frozen --all-extras --all-groups --no-hashes --no-header --no-emit-project -o "$work/constraints.txt"
inputs=$(cat docker/lambda.Dockerfile "$work/constraints.txt" | cksum | cut -d' ' -f1)
if [ "$(docker image inspect --format '{{index .Config.Labels "zuko.lambda"}}' $IMAGE 2>/dev/null)" = "$inputs" ]; then
    say "$IMAGE is up to date (a stand-in for $REAL)"
    exit
fi

# Pulling from a registry that cannot be reached may hang for minutes; one that can be reached answers within 5 s.
if curl --silent --max-time 5 --output /dev/null "https://${REAL%%/*}/v2/" && docker pull $REAL; then
    docker tag $REAL $IMAGE
    say "$IMAGE is $REAL"
    exit
fi
say "$REAL cannot be pulled: building a stand-in from docker/lambda.Dockerfile"
have_image $BASE || UV=$UV docker/make-base-images.sh
"$UV" pip install --quiet --link-mode copy --python-version 3.12 --only-binary :all: \
    --python-platform "$(uname -m | sed s/arm64/aarch64/)-manylinux_2_28" \
    --target "$work/runtime" --constraints "$work/constraints.txt" awslambdaric boto3
if ! docker build --build-arg "INPUTS=$inputs" -f docker/lambda.Dockerfile -t $IMAGE "$work/runtime" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
say "$IMAGE is built"
