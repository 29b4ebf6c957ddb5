# The sandbox for Go programs: the distribution's Go, its standard library compiled, without C.
#
#   docker build -f docker/go.Dockerfile -t zuko-go:1.19 .
#
# Works with the classic builder and with BuildKit. Without a registry, run docker/make-base-images.sh first.

# The supervisor, linked statically: every language's image has the same file.
FROM debian:bookworm-slim AS init
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends gcc libc6-dev make >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY docker/init /src/docker/init
RUN make -C /src/docker/init static \
 && install -m 0755 /src/docker/init/build/zuko-init /zuko-init


FROM debian:bookworm-slim AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh golang-go

# A compilation reads the compiler's programs, the sources of the standard library (for their imports), and its compiled
# packages. The distribution's packages that use cgo are rebuilt without it: 20 s here, instead of in each compilation.
RUN set -eu; \
    cd /usr/share/go-*; \
    rm -rf api misc test src/cmd; \
    find src -name '*_test.go' -delete; \
    find src -depth -type d -name testdata -exec rm -rf {} +; \
    cd /usr/lib/go-*; \
    rm -rf pkg/*_*_* pkg/*/cmd pkg/obj bin/gofmt; \
    cd pkg/tool/*; \
    for file in *; do case $file in asm | compile | link | buildid) ;; *) rm -f "$file" ;; esac; done; \
    CGO_ENABLED=0 GOCACHE=/tmp/cache go install std; \
    rm -rf /tmp/cache

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh golang-go golang-src 'golang-[0-9]*'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-go" \
      org.opencontainers.image.description="Zuko's sandbox for Go 1.19 programs, compiler included" \
      org.opencontainers.image.version="1.19" \
      org.opencontainers.image.licenses="MIT AND BSD-3-Clause AND GPL-3.0-or-later" \
      zuko.language="go" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
