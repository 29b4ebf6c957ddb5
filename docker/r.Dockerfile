# The sandbox for R programs: the distribution's R, and only what it needs.
#
#   docker build -f docker/r.Dockerfile -t zuko-r:4.5 .
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
RUN sh /tmp/install.sh r-base-core

# Graphics, documentation and translations are of no use to programs. R calls `which` when it starts.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh r-base-core libblas3 liblapack3; \
    cd /usr/lib/R; \
    rm -rf library/*/help library/*/html library/*/doc library/*/demo library/*/po library/tcltk library/translations \
        modules/R_X11.so modules/R_de.so; \
    rm -rf /usr/share/R/doc /usr/lib/R/doc; \
    ln -sf ../x86_64-linux-gnu/blas/libblas.so.3 /usr/lib/x86_64-linux-gnu/libblas.so.3; \
    ln -sf ../x86_64-linux-gnu/lapack/liblapack.so.3 /usr/lib/x86_64-linux-gnu/liblapack.so.3; \
    ldconfig; \
    sed -i '1s,.*,#!/bin/sh,' /usr/lib/R/bin/R; \
    printf '#!/bin/sh\nfor name; do command -v "$name"; done\n' >/usr/bin/which; \
    chmod 755 /usr/bin/which; \
    Rscript -e 'library(utils); library(stats); stopifnot(solve(matrix(c(2, 0, 0, 2), 2))[1, 1] == 0.5)'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-r" \
      org.opencontainers.image.description="Zuko's sandbox for R programs (R 4.5)" \
      org.opencontainers.image.version="4.5" \
      org.opencontainers.image.licenses="MIT AND GPL-2.0-or-later" \
      zuko.language="r" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
