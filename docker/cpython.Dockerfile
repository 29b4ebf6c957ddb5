# The sandbox for Python 3.13 programs: the distribution's interpreter, with its standard library precompiled.
#
#   docker build -f docker/cpython.Dockerfile -t zuko-cpython:3.13 .
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
RUN sh /tmp/install.sh python3.13

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
COPY docker/python/sitecustomize.py /usr/local/lib/python3.13/dist-packages/sitecustomize.py
RUN set -eu; \
    rm -f /etc/python3.13/sitecustomize.py /usr/lib/python3.13/sitecustomize.py; \
    sh /tmp/sandbox-root.sh python3.13 python3.13-minimal libpython3.13-minimal libpython3.13-stdlib ncurses-base; \
    cd /usr/lib/python3.13; \
    rm -rf ensurepip idlelib test tkinter turtledemo turtle.py; \
    python3.13 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3.13 /usr/local/lib/python3.13; \
    python3.13 -c 'import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, sqlite3, ssl, uuid, zlib, zoneinfo; \
zoneinfo.ZoneInfo("Europe/Paris")'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-cpython" \
      org.opencontainers.image.description="Zuko's sandbox for Python 3.13 programs (CPython, Debian's)" \
      org.opencontainers.image.version="3.13" \
      org.opencontainers.image.licenses="MIT AND PSF-2.0" \
      zuko.language="cpython" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
