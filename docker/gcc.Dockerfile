# The sandbox for the languages that GCC 14 compiles, or assembles and links.
#
#   docker build -f docker/gcc.Dockerfile -t zuko-gcc:14 .
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
RUN sh /tmp/install.sh gfortran gnat gdc nasm gnucobol3 fp-compiler fp-units-fcl ocaml valac libglib2.0-dev libgee-0.8-dev

COPY docker/gcc /tmp/gcc
RUN set -eu; cd /tmp/gcc; \
    install assemble ocaml-compile /usr/local/bin; \
    ln -s /usr/lib/*/fpc/*/ppcx64 /usr/local/bin/fpc; \
    gcc -O2 -c -o /usr/local/lib/xmlquiet.o xmlquiet.c; \
    rm -f /etc/fpc.cfg; \
    echo '-Fu/usr/lib/x86_64-linux-gnu/fpc/$fpcversion/units/$fpctarget/*' >/etc/fpc.cfg; \
    strip -g /usr/lib/gcc/*/*/libg[dp]*.a

# Remove link-time optimisation, sanitizers, the tools of each compiler that compiling a program does not need, and units
# of Pascal for databases, documents and networks.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh gcc 'gcc-[0-9x]*' 'cpp-[0-9]*' 'binutils*' libc6-dev 'libgcc-*-dev' linux-libc-dev \
        gfortran 'gfortran-[0-9]*' 'libgfortran-*-dev' gnat 'gnat-[0-9]*' gdc 'gdc-[0-9]*' 'libgphobos-*-dev' nasm \
        gnucobol3 libcob4-dev libgmp-dev 'fp-compiler*' 'fp-units-*' ocaml libstdlib-ocaml-dev 'valac*' \
        libglib2.0-dev libgio-2.0-dev libglib2.0-0t64 libgee-0.8-dev libgee-0.8-2 libsysprof-capture-4-dev libpcre2-dev \
        libffi-dev libmount-dev libblkid-dev libselinux1-dev libsepol-dev zlib1g-dev pkgconf pkgconf-bin; \
    cd /usr/bin; \
    for file in *; do case $file in \
        *addr2line | *c++filt | *cpp* | *dwp | *elfedit | *gcov* | *gold | *gp-* | *gprof* | *lto-dump* | *objcopy \
            | *objdump | *ranlib | *readelf | *size | *strings | *ar | c89* | c99* | cobcrun | fp* | ndisasm \
            | *gnat[!blm]* | *gnatls* | ocaml*.byte | ocaml | ocaml[!do]* | ocamld[!e]* | ocamldebug | ocamlobj* | ocamlc* \
            | ocamlopt[!.]* | *vala[!c]* | vapi* | *gen-introspect*) rm -f "$file" ;; \
    esac; done; \
    cd /usr/libexec/gcc/*/*; \
    rm -f lto1 lto-wrapper g++-mapper-server; \
    cd /usr/lib/gcc/*/*; \
    rm -rf plugin libasan* liblsan* libtsan* libubsan* libhwasan* adalib/*_pic.a; \
    cd /usr/lib/*/fpc/*/units/*; \
    for unit in *; do case $unit in \
        rtl | rtl-* | fcl-base | fcl-json | hash | regexpr) ;; *) rm -rf "$unit" ;; \
    esac; done
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-gcc" \
      org.opencontainers.image.description="Zuko's sandbox for Ada, assembly, COBOL, D, Fortran, OCaml, Pascal and Vala" \
      org.opencontainers.image.version="14" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later" \
      zuko.language="gcc" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
