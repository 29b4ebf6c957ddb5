# The sandbox for TypeScript programs: the distribution's compiler and Node.js, with the types of Node.js.
#
#   docker build -f docker/typescript.Dockerfile -t zuko-typescript:4.9 .
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
RUN sh /tmp/install.sh nodejs node-typescript

# Of the compiler, what `tsc` needs: no language server, no messages in other languages. The types of Node.js are part of
# the distribution's package of it.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh nodejs 'libnode[0-9]*' node-acorn node-balanced-match node-brace-expansion \
        node-cjs-module-lexer node-minimatch node-typescript node-undici node-xtend; \
    rm -f /usr/bin/js /usr/bin/nodejs /usr/bin/tsserver; \
    cd /usr/share/nodejs/typescript/lib; \
    rm -rf tsserver* typescript.js typescript.d.ts typescriptServices* typingsInstaller.js protocol.d.ts cs de es fr it ja ko \
        pl pt-br ru tr zh-cn zh-tw; \
    cd /tmp; \
    echo 'const text: string = require("fs").readFileSync(0, "utf8"); console.log(text.length);' >main.ts; \
    node /usr/share/nodejs/typescript/lib/tsc.js --target es2022 --module commonjs --types node \
        --typeRoots /usr/share/nodejs/@types --skipLibCheck main.ts; \
    test "$(echo 123 | node main.js)" = 4; \
    rm -f main.*
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-typescript" \
      org.opencontainers.image.description="Zuko's sandbox for TypeScript programs (TypeScript 4.9, Node.js 20)" \
      org.opencontainers.image.version="4.9" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0" \
      zuko.language="typescript" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
