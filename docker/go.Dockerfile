# The sandbox for Go programs: the distribution's Go, its standard library compiled, without C.
#
#   docker build -f docker/go.Dockerfile -t zuko-go:1.19 .
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


FROM debian:bookworm-slim AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh golang-go

# One directory with what a compilation reads: the two programs that do it, the standard library's sources (`go build` asks
# them what they import) and its packages, compiled anew because the distribution's are linked with C. A compilation with
# other options than these, which are those of zuko/languages.py, would compile them again: 13 s (measured).
RUN set -eu; cp -rL /usr/lib/go /usr/local/go; cd /usr/local/go; \
    rm -rf api misc test src/cmd pkg/*_*_* pkg/*/cmd pkg/obj bin/gofmt; \
    find src -name '*_test.go' -delete; \
    find src -depth -type d -name testdata -exec rm -rf {} +; \
    cd pkg/tool/*; \
    for file in *; do case $file in asm | compile | link | buildid) ;; *) rm -f "$file" ;; esac; done; \
    export CGO_ENABLED=0 GOCACHE=/tmp/cache; \
    /usr/local/go/bin/go install -trimpath std; \
    rm -rf /usr/lib/go* /usr/share/go* /usr/bin/go /tmp/cache

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer: what was removed above is not underneath it.
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
