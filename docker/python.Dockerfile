# The sandbox for Python programs: CPython 3.12, GNU time, zuko-init, and nothing that they do not need.
#
#   docker build -f docker/python.Dockerfile -t zuko-python:3.12 .
#
# Works with the classic builder and with BuildKit. Without a registry: docker/make-base-images.sh first.

# The supervisor: static, because it is the same file in every language's image.
FROM debian:bookworm-slim AS init
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends gcc libc6-dev make >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY docker/init /src/docker/init
RUN make -C /src/docker/init static \
 && install -m 0755 /src/docker/init/build/zuko-init /zuko-init


FROM python:3.12-slim-bookworm AS root
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends libnss-myhostname netbase time tzdata >/dev/null \
 && rm -rf /var/lib/apt/lists/*

# Sandboxes that live at the same time run under different uids of this range, because some limits of the kernel
# count per uid and across containers (pipe buffers, inotify, queued signals). Each of them has to have a name.
RUN sed -i -e '/^\(root\|nobody\):/!d' -e 's|^root:.*|root:x:0:0:root:/root:/usr/sbin/nologin|' /etc/passwd \
 && sed -i '/^\(root\|tty\|nogroup\):/!d' /etc/group \
 && echo 'runner:x:20000:' >>/etc/group \
 && seq 20000 20999 | sed 's|.*|runner:x:&:20000:runner:/workspace:/usr/sbin/nologin|' >>/etc/passwd

# Of the standard library: what installs packages, what needs a display or the network's name service, its own tests.
# What stays is compiled, and the compiled files are trusted without a look at their source: an import is one read.
RUN set -eu; cd /usr/local/lib/python3.12; \
    rm -rf ensurepip idlelib test tkinter turtledemo turtle.py lib2to3 site-packages/* config-3.12-* \
        */test */tests lib-dynload/_tkinter*.so lib-dynload/nis*.so lib-dynload/_test*.so lib-dynload/xx*.so \
        ../pkgconfig ../*.a; \
    find / -xdev -type d -name __pycache__ -prune -exec rm -rf {} +; \
    cd /usr/local/bin; \
    for file in *; do case $file in python | python3 | python3.12) ;; *) rm -f "$file" ;; esac; done; \
    ln -sf python3.12 python3; ln -sf python3.12 python

# A container without a network has an empty /etc/hosts: this is where localhost has its address from.
RUN sed -i 's/^hosts:.*/hosts: files myhostname/' /etc/nsswitch.conf

COPY docker/python/sitecustomize.py /usr/local/lib/python3.12/site-packages/
COPY docker/slim-root.sh /tmp/slim-root.sh
RUN sh /tmp/slim-root.sh base-files coreutils dash findutils grep libc-bin libnss-myhostname ncurses-base netbase sed time \
        tzdata \
 && chmod -R go=rX /usr/local \
 && python3.12 -m compileall -q -j 0 --invalidation-mode unchecked-hash /usr/local/lib/python3.12 \
 && python3.12 -c 'import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, readline, sqlite3, \
ssl, uuid, zlib, zoneinfo; zoneinfo.ZoneInfo("Europe/Paris")' \
 && mkdir /workspace \
 && chmod 1777 /workspace
COPY --from=init /zuko-init /usr/local/sbin/zuko-init
RUN chmod 0755 /usr/local/sbin/zuko-init


# One flat layer: what was removed above is not underneath it.
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
