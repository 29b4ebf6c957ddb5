# The sandbox for Python programs: CPython 3.12, GNU time, zuko-init, and only what they need.
#
#   docker build -f docker/python.Dockerfile -t zuko-python:3.12 .
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


FROM python:3.12-slim-trixie AS python


# The interpreter, relinked so that it starts faster.
FROM init AS linked
COPY --from=python /usr/local /usr/local
COPY docker/python /src/docker/python
RUN cp /src/docker/python/sitecustomize.py /usr/local/lib/python3.12/ \
 && sh /src/docker/python/link.sh /linked


FROM python AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh

# Remove from the standard library: package installers, modules that need a display or NIS, and its tests. The rest is
# compiled, with files that are valid without checking their source: an import reads one file.
RUN set -eu; cd /usr/local/lib/python3.12; \
    rm -rf ensurepip idlelib test tkinter turtledemo turtle.py lib2to3 site-packages/* config-3.12-* \
        */test */tests lib-dynload/_tkinter*.so lib-dynload/nis*.so lib-dynload/_test*.so lib-dynload/xx*.so \
        ../pkgconfig ../*.a; \
    find / -xdev -type d -name __pycache__ -prune -exec rm -rf {} +; \
    cd /usr/local/bin; \
    for file in *; do case $file in python | python3 | python3.12) ;; *) rm -f "$file" ;; esac; done; \
    ln -sf python3.12 python3; ln -sf python3.12 python

COPY docker/python/sitecustomize.py /usr/local/lib/python3.12/
COPY --from=linked /linked /usr/local/bin
RUN ldd /usr/local/bin/python3.12 | grep -q libpython || rm -f /usr/local/lib/libpython3*
# The name under which the interpreter is a warm runtime (docker/python/main.c), if it could be relinked.
COPY --from=linked /linked /tmp/linked
RUN mkdir -p /usr/local/sbin; test ! -e /tmp/linked/python3.12 || ln -s ../bin/python3.12 /usr/local/sbin/zuko-warm
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh ncurses-base \
 && chmod -R go=rX /usr/local \
 && python3.12 -m compileall -q -j 0 --invalidation-mode unchecked-hash /usr/local/lib/python3.12 \
 && python3.12 -c 'import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, readline, sqlite3, \
ssl, uuid, zlib, zoneinfo; zoneinfo.ZoneInfo("Europe/Paris")'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-python" \
      org.opencontainers.image.description="Zuko's sandbox for Python 3.12 programs" \
      org.opencontainers.image.version="3.12" \
      org.opencontainers.image.licenses="MIT AND PSF-2.0 AND GPL-3.0-or-later" \
      zuko.language="python" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
