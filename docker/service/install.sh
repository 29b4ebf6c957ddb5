#!/bin/sh
# Install packages for CPython 3.12 into /packages, with the pip of another Python: the base image need not have one.
#
#   install.sh WHAT...    arguments of pip
set -eu

machine=$(uname -m)
pip install -q --no-cache-dir --no-compile --no-deps --only-binary :all: --target /packages \
    --python-version 3.12 --implementation cp --abi cp312 --abi abi3 --abi none \
    --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" --platform "manylinux_2_26_$machine" \
    --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --platform any "$@"
