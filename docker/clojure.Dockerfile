# The sandbox for Clojure programs: the distribution's Clojure and Java 21, and only what they need.
#
#   docker build -f docker/clojure.Dockerfile -t zuko-clojure:1.12 .
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
RUN sh /tmp/install.sh binutils libclojure-java openjdk-21-jdk-headless

# As in Java's image, without the compiler: Clojure has its own.
RUN set -eu; \
    jlink --add-modules java.se,jdk.unsupported --strip-debug --no-header-files --no-man-pages --output /usr/local/java; \
    mkdir -p /usr/local/lib/clojure; \
    cp -L /usr/share/java/clojure.jar /usr/share/java/core.specs.alpha.jar /usr/share/java/spec.alpha.jar /usr/local/lib/clojure; \
    cd /usr/local/java; \
    rm -rf legal release bin/keytool bin/rmiregistry bin/serialver bin/jrunscript lib/jexec lib/jspawnhelper lib/security/cacerts; \
    cd lib; \
    rm -f libattach.so libawt_xawt.so libfontmanager.so libfreetype.so libj2gss.so libj2pcsc.so libjavajpeg.so libjawt.so \
        libjsound.so liblcms.so libsplashscreen.so server/libjsig.so libjsig.so psfontj2d.properties psfont.properties.ja

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh

# The archive of loaded classes: of Java and of Clojure itself. It holds for this class path alone.
RUN set -eu; cd /tmp; java=/usr/local/java/bin/java; $java -Xshare:dump -Xlog:cds=off >/dev/null 2>&1; \
    path=/usr/local/lib/clojure/clojure.jar:/usr/local/lib/clojure/spec.alpha.jar:/usr/local/lib/clojure/core.specs.alpha.jar; \
    printf "(require '[clojure.string :as string])\n(println (string/upper-case (read-line)))" >main.clj; \
    echo x | $java -XX:+UseSerialGC -XX:ArchiveClassesAtExit=/usr/local/lib/clojure/classes.jsa -Xlog:disable -cp $path \
        clojure.main main.clj; \
    test "$(echo x | $java -XX:+UseSerialGC -Xshare:on -XX:SharedArchiveFile=/usr/local/lib/clojure/classes.jsa -cp $path \
        clojure.main main.clj)" = X; \
    rm -rf /tmp/*
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-clojure" \
      org.opencontainers.image.description="Zuko's sandbox for Clojure programs (Clojure 1.12, Java 21)" \
      org.opencontainers.image.version="1.12" \
      org.opencontainers.image.licenses="MIT AND EPL-1.0 AND GPL-2.0-only WITH Classpath-exception-2.0" \
      zuko.language="clojure" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
