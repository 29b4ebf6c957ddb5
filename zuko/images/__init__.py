"""The sandbox images: the files they are made of, which of them are out of date, and how they are built.

context.py   the build context, in a clone or in the installed package; the hash of an image's files
state.py     the state of an image, from its label: up to date, out of date, built by hand, missing; pure
output.py    the output of a build, parsed: steps, causes of a failure; pure
commands.py  runs `docker` and the script that makes base images, and follows their output
bases.py     base images: from a registry, or made here
build.py     builds what is not up to date, several images at a time

Questions to the engine go through its API (`zuko/engine/images.py`). Builds are `docker build`: the API of the SDK has
the classic builder alone, and knows neither BuildKit nor the configuration of the `docker` command (credentials,
proxies, contexts). So a machine without that command can use the images that are there, and build none.
"""
