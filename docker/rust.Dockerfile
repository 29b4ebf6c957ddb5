# The sandbox for Rust programs: the distribution's newest rustc (the one for building browsers), and the files for
# linking static programs.
#
#   docker build -f docker/rust.Dockerfile -t zuko-rust:1 .
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
RUN sh /tmp/install.sh rustc-web

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh 'rustc-web' 'libstd-rust-web-*' gcc 'gcc-[0-9]*' 'binutils*' libc6-dev 'libgcc-*-dev'; \
    cd /usr/bin; \
    for file in *; do case $file in \
        *addr2line | *c++filt | *cpp* | *dwp | *elfedit | *gcov* | *gold | *gp-* | *gprof* | *lto-dump* | *nm | *objcopy \
            | *objdump | *ranlib | *readelf | *size | *strings | *strip | *ar | c89* | c99* | rust-* | rustdoc) rm -f "$file" ;; \
    esac; done; \
    ln -s gcc cc; \
    rm -rf /usr/include /usr/libexec/gcc/*/*/cc1 /usr/libexec/gcc/*/*/lto* /usr/lib/gcc/*/*/include /usr/lib/gcc/*/*/plugin \
        /usr/lib/gcc/*/*/lib[alt]san* /usr/lib/gcc/*/*/libubsan* /usr/lib/gcc/*/*/libhwasan* /usr/lib/rustlib/*/bin; \
    echo 'fn main() { println!("{}", (1..=6).map(|n| n as f64).map(f64::sqrt).sum::<f64>() as i32); }' >/tmp/main.rs; \
    rustc --edition 2021 -O -C target-feature=+crt-static -C link-arg=-s -o /tmp/main /tmp/main.rs; \
    test "$(/tmp/main)" = 10; \
    rm -f /tmp/main*
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-rust" \
      org.opencontainers.image.description="Zuko's sandbox for Rust programs, compiler included" \
      org.opencontainers.image.version="1" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0 AND GPL-3.0-or-later" \
      zuko.language="rust" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
