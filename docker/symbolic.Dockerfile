# The sandbox for Prolog and Common Lisp programs: the distribution's SWI-Prolog and SBCL, in one image.
#
#   docker build -f docker/symbolic.Dockerfile -t zuko-symbolic:13 .
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
RUN sh /tmp/install.sh sbcl swi-prolog-core swi-prolog-core-packages

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh sbcl swi-prolog-core swi-prolog-core-packages; \
    rm -rf /usr/lib/swi-prolog/demo /usr/lib/swi-prolog/doc /usr/lib/swi-prolog/include; \
    swipl -q -t halt -g 'use_module(library(clpfd)), use_module(library(dcg/basics)), call(#=, X, 1 + 2), X == 3'; \
    sbcl --noinform --non-interactive --eval '(require :sb-posix)' --eval '(print (+ 1 2))'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-symbolic" \
      org.opencontainers.image.description="Zuko's sandbox for Prolog (SWI-Prolog) and Common Lisp (SBCL)" \
      org.opencontainers.image.version="13" \
      org.opencontainers.image.licenses="MIT AND BSD-2-Clause AND LicenseRef-SBCL" \
      zuko.language="symbolic" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
