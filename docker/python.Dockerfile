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
COPY docker/sandbox-root.sh docker/python/root.sh docker/python/sitecustomize.py /tmp/
COPY --from=linked /linked /tmp/linked
RUN sh /tmp/root.sh
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
