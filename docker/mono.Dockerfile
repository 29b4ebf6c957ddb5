# The sandbox for C# programs: the distribution's Mono, its compiler and the class libraries of a console program.
#
#   docker build -f docker/mono.Dockerfile -t zuko-mono:6.12 .
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
RUN sh /tmp/install.sh mono-mcs mono-runtime libmono-system-core4.0-cil libmono-system-numerics4.0-cil \
    libmono-system-xml-linq4.0-cil libmono-system-runtime-serialization4.0-cil libmono-system-web-extensions4.0-cil

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh 'mono-*' 'libmono*'
COPY docker/mono/csharp-compile /usr/local/bin/csharp-compile
RUN chmod 0755 /usr/local/bin/csharp-compile
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-mono" \
      org.opencontainers.image.description="Zuko's sandbox for C# programs, compiler included" \
      org.opencontainers.image.version="6.12" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later" \
      zuko.language="mono" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
