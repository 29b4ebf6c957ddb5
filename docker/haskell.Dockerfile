# The sandbox for Haskell programs: the distribution's GHC, its libraries for linking static programs, and those that
# programs of contests import.
#
#   docker build -f docker/haskell.Dockerfile -t zuko-haskell:9.6 .
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
RUN sh /tmp/install.sh ghc libghc-vector-dev libghc-unordered-containers-dev libghc-random-dev libghc-split-dev

# The compiler is linked dynamically, programs are not: of each library there are the archive and its interfaces, and of
# those that the compiler itself is linked to the shared library, too. The compiler as a library is left out.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh ghc 'libghc-*-dev' gcc 'gcc-[0-9x]*' 'cpp-[0-9]*' 'binutils*' libc6-dev linux-libc-dev \
        'libgcc-*-dev' libgmp-dev libffi-dev libnuma-dev; \
    cd /usr/bin; \
    for file in *; do case $file in \
        *addr2line | *c++filt | *dwp | *elfedit | *gcov* | *gold | *gp-* | *gprof* | *lto-dump* | *nm | *objcopy | *objdump \
            | *ranlib | *readelf | *size | *strings | *strip | *ar | c89* | c99* | ghci* | ghc-pkg* | runghc* | runhaskell* | hp2ps* \
            | hpc* | hsc2hs* | haddock*) rm -f "$file" ;; \
    esac; done; \
    rm -rf /usr/libexec/gcc/*/*/lto* /usr/lib/gcc/*/*/plugin /usr/lib/gcc/*/*/lib[alt]san* /usr/lib/gcc/*/*/libubsan* \
        /usr/lib/gcc/*/*/libhwasan*; \
    cd /usr/lib/ghc; \
    rm -rf lib/html lib/latex lib/bin/haddock* bin/haddock* bin/hpc* bin/hp2ps* bin/hsc2hs* bin/ghc-iserv* bin/ghc-pkg* \
        bin/runghc* lib/bin/ghc-iserv*; \
    find / -xdev \( -name '*.p_hi' -o -name 'lib*_p.a' -o -name 'libHSghc-[0-9]*.a' -o -name 'libHSCabal*.a' \
        -o -name 'libHSrts*_debug*' -o -name 'libHSrts*_l.a' -o -name 'libHSrts*_thr_l.a' \) -delete; \
    rm -rf lib/*/ghc-[0-9]*/* lib/*/Cabal* lib/*/ghci-*/* lib/*/libHSCabal*.so
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-haskell" \
      org.opencontainers.image.description="Zuko's sandbox for Haskell programs, compiler included" \
      org.opencontainers.image.version="9.6" \
      org.opencontainers.image.licenses="MIT AND BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1" \
      zuko.language="haskell" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
