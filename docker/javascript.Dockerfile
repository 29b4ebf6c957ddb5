# The sandbox for JavaScript programs: the distribution's Node.js, and only what it needs.
#
#   docker build -f docker/javascript.Dockerfile -t zuko-javascript:20 .
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
RUN sh /tmp/install.sh nodejs

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh nodejs 'libnode[0-9]*' node-acorn node-balanced-match node-brace-expansion \
    node-cjs-module-lexer node-minimatch node-undici node-xtend \
 && rm -f /usr/bin/js /usr/bin/nodejs \
 && node -e 'require("assert").equal(new Intl.NumberFormat("de").format(1234.5), "1.234,5"); \
import("fs").then(() => fetch("x").catch(() => 0))'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-javascript" \
      org.opencontainers.image.description="Zuko's sandbox for JavaScript programs (Node.js 20)" \
      org.opencontainers.image.version="20" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later" \
      zuko.language="javascript" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
