# The sandbox for Go programs: the distribution's Go, its standard library compiled, without C.
#
#   docker build -f docker/go.Dockerfile -t zuko-go:1.24 .
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
RUN sh /tmp/install.sh golang-go

# A compilation reads the compiler's programs, the sources of the standard library (for their imports), and the build
# cache with its compiled packages: 80 s of CPU time here, instead of 15 in each compilation.
#
# The cache cannot be written to, and go only complains of one thing: after a day it removes what was not used for five,
# and notes that in trim.txt. So nothing in it is old, and the note goes nowhere.
RUN set -eu; \
    cd /usr/share/go-*; \
    rm -rf api misc test src/cmd; \
    find src -name '*_test.go' -delete; \
    find src -depth -type d -name testdata -exec rm -rf {} +; \
    cd /usr/lib/go-*; \
    rm -rf pkg/obj bin/gofmt; \
    cd pkg/tool/*; \
    for file in *; do case $file in asm | compile | link | buildid) ;; *) rm -f "$file" ;; esac; done; \
    mkdir -p /usr/local/lib/go/config/go/telemetry; \
    echo off >/usr/local/lib/go/config/go/telemetry/mode; \
    export CGO_ENABLED=0 GO111MODULE=off GOCACHE=/usr/local/lib/go/cache GOENV=off GOTOOLCHAIN=local \
        XDG_CONFIG_HOME=/usr/local/lib/go/config; \
    go build std; \
    find $GOCACHE -type f -exec touch -d '2 days ago' {} +; \
    go build std; \
    find $GOCACHE -type f -mtime +1 -delete; \
    find $GOCACHE -type f -exec touch -d '2035-01-01' {} +; \
    ln -sf /dev/null $GOCACHE/trim.txt; \
    chmod -R a+rX /usr/local/lib/go

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
# Empty directories are removed there, and go would make those of its cache.
RUN sh /tmp/sandbox-root.sh golang-go golang-src 'golang-[0-9]*' \
 && cd /usr/local/lib/go/cache && for number in $(seq 0 255); do mkdir -p "$(printf %02x "$number")"; done
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-go" \
      org.opencontainers.image.description="Zuko's sandbox for Go 1.24 programs, compiler included" \
      org.opencontainers.image.version="1.24" \
      org.opencontainers.image.licenses="MIT AND BSD-3-Clause AND GPL-3.0-or-later" \
      zuko.language="go" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
