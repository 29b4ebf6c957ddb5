# The sandbox for Java programs: the distribution's OpenJDK, reduced to compiling and running programs.
#
#   docker build -f docker/java.Dockerfile -t zuko-java:21 .
#   docker build -f docker/java.Dockerfile --build-arg VERSION=25 -t zuko-java:25 .
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
ARG VERSION=21
RUN sh /tmp/install.sh openjdk-$VERSION-jdk-headless binutils

# All of Java SE, and the compiler. Graphics, sound and printing have no native libraries, and fail as on any machine
# without a screen.
RUN set -eu; \
    jlink --add-modules java.se,jdk.compiler,jdk.unsupported --strip-debug --no-header-files --no-man-pages \
        --output /usr/local/java; \
    cd /usr/local/java; \
    rm -rf legal release bin/keytool bin/rmiregistry bin/serialver bin/jrunscript lib/jexec lib/jspawnhelper lib/security/cacerts; \
    cd lib; \
    rm -f libattach.so libawt_xawt.so libfontmanager.so libfreetype.so libj2gss.so libj2pcsc.so libjavajpeg.so libjawt.so \
        libjsound.so liblcms.so libsplashscreen.so server/libjsig.so libjsig.so psfontj2d.properties psfont.properties.ja

# The archive of loaded classes that every start uses: the classes that a start needs, those that programs like
# docker/java/Main.java use, and those of the compiler.
COPY docker/java/Main.java /tmp/
RUN set -eu; cd /tmp; java=/usr/local/java/bin/java; \
    compile="-m jdk.compiler/com.sun.tools.javac.Main"; \
    $java -Xshare:off -XX:DumpLoadedClassList=compile.list $compile Main.java; \
    sed 's/new Edge/new Edgy/; s/"one"/one/' Main.java >Wrong.java; \
    $java -Xshare:off -XX:DumpLoadedClassList=wrong.list $compile Wrong.java || true; \
    echo 3 | $java -Xshare:off -XX:DumpLoadedClassList=run.list Main; \
    cat /usr/local/java/lib/classlist run.list compile.list wrong.list | sed 's/ id: [0-9]*$//' | \
        grep -v '^\(@[a-z-]* \)\?Main\| source: ' | awk '!seen[$0]++' >classes; \
    $java -Xshare:dump -XX:SharedClassListFile=classes -Xlog:cds=off -Xlog:cds+heap=off; \
    rm -rf /tmp/*; \
    $java -Xshare:on -XX:+UseSerialGC -version

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG VERSION=21
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-java" \
      org.opencontainers.image.description="Zuko's sandbox for Java ${VERSION} programs, compiler included" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT AND GPL-2.0-only WITH Classpath-exception-2.0 AND GPL-3.0-or-later" \
      zuko.language="java" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
