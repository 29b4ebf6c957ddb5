# The sandbox for Python programs on PyPy: the distribution's package, with its standard library precompiled.
#
#   docker build -f docker/pypy.Dockerfile -t zuko-pypy:3.11 .
#
# Works with the classic builder and with BuildKit. Without a registry, run docker/make-base-images.sh first.

# The supervisor, linked statically: every language's image has the same file.
FROM debian:trixie-slim AS init
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends gcc libc6-dev make >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY docker/init /src/docker/init
RUN make -C /src/docker/init static \
 && install -m 0755 /src/docker/init/build/zuko-init /zuko-init


FROM debian:trixie-slim AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh pypy3

# As in CPython's image: no display, no package installer, no tests.
RUN set -eu; cd /usr/lib/pypy3.[0-9]*; \
    rm -rf ensurepip idlelib test tkinter turtledemo turtle.py lib2to3 lib_pypy/_tkinter lib_pypy/_testcapi* */test */tests \
        lib_pypy/_ctypes_test* _ctypes_test* _testcapi* _testmultiphase*

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
COPY docker/python/sitecustomize.py /tmp/
RUN set -eu; \
    cp /tmp/sitecustomize.py /usr/lib/pypy3.[0-9]*/; \
    sh /tmp/sandbox-root.sh 'pypy3*' ncurses-base; \
    pypy3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/pypy3.[0-9]*; \
    pypy3 -c 'import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, sqlite3, ssl, uuid, zlib, zoneinfo; \
zoneinfo.ZoneInfo("Europe/Paris")'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-pypy" \
      org.opencontainers.image.description="Zuko's sandbox for Python 3.11 programs (PyPy 7.3)" \
      org.opencontainers.image.version="3.11" \
      org.opencontainers.image.licenses="MIT AND PSF-2.0 AND GPL-3.0-or-later" \
      zuko.language="pypy" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
