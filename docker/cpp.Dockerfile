# The sandbox for C and C++ programs: the distribution's gcc and g++, and the files for linking static programs.
#
#   docker build -f docker/cpp.Dockerfile -t zuko-cpp:14 .
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
RUN sh /tmp/install.sh g++ gcc libc6-dev

# Link every C program with libm, as g++ does for C++: `-lm` must follow the sources, and those are appended to the
# compiler's command.
RUN gcc -dumpspecs | sed '/^\*lib:/ { n; s/$/ -lm/ }' >/tmp/specs \
 && install -m 0644 /tmp/specs "$(dirname "$(gcc -print-libgcc-file-name)")/specs"

# After `#pragma GCC target` and a header, GCC 14 cannot inline the destructor of std::allocator, which is always to be
# inlined, into functions that it makes itself: an error in many programs of contests. Without the attribute they compile.
RUN set -eu; header=$(echo '#include <bits/allocator.h>' | g++ -H -fsyntax-only -x c++ - 2>&1 | sed -n 's/^\. //p'); \
    sed -i '/__always_inline__/ { N; /\n#if __cpp_constexpr_dynamic_alloc/ s/^[^\n]*\n// }' "$header"

# From C++20 on, each compilation instantiates what the headers' inline functions call, whether the program uses them or
# not: of those that format text that takes 0.3 s of CPU time, a third of a hello-world. As templates they cost who uses them.
RUN set -eu; \
    directory=$(echo '#include <format>' | g++ -std=gnu++20 -H -fsyntax-only -x c++ - 2>&1 | sed -n 's/^\. \(.*\)format$/\1/p'); \
    cd "$directory"; \
    sed -i '/^  \[\[nodiscard\]\]$/ { N; N; s/^.*\n  inline w*string\n  vformat(/  template<typename = void>\n&/ }' format; \
    sed -i '/^  inline void$/ { N; s/^.*\n  vprint_/  template<typename = void>\n&/ }' ostream print; \
    test "$(grep -c '^  template<typename = void>$' format ostream print | tr '\n' ' ')" = 'format:4 ostream:2 print:4 '

# A hello-world takes 1.8 s of CPU time with <bits/stdc++.h>, and 0.6 s with its precompiled form (measured). g++ uses the
# file of this directory that was made with its own options, which are those of zuko/languages/rows/gcc.py. Each file has
# 120 MB, so there are only three standards.
RUN set -eu; header=$(echo '#include <bits/stdc++.h>' | g++ -H -fsyntax-only -x c++ - 2>&1 | sed -n 's/^\. //p'); \
    mkdir "$header.gch"; \
    for standard in gnu++17 gnu++20 gnu++23; do \
        g++ -std=$standard -O2 -DONLINE_JUDGE -x c++-header -o "$header.gch/$standard" "$header"; \
    done

# Remove link-time optimisation, sanitizers, the non-default linker and tools for binaries, too.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh g++ 'g++-[0-9]*' gcc 'gcc-[0-9]*' 'cpp-[0-9]*' 'binutils*' libc6-dev 'libcrypt*-dev' \
        'libgcc-*-dev' 'libstdc++-*-dev' linux-libc-dev; \
    cd /usr/bin; \
    for file in *; do case $file in \
        *addr2line | *c++filt | *dwp | *elfedit | *gcov* | *gold | *gp-* | *gprof* | *lto-dump* | *nm | *objcopy | *objdump \
            | *ranlib | *readelf | *size | *strings | *strip | *ar | c89* | c99*) rm -f "$file" ;; \
    esac; done; \
    cd /usr/libexec/gcc/*/*; \
    rm -f lto1 lto-wrapper g++-mapper-server; \
    cd /usr/lib/gcc/*/*; \
    rm -rf plugin libasan* liblsan* libtsan* libubsan* libhwasan*; \
    printf '#include <bits/stdc++.h>\nint main() { std::cout << std::stoi("42"); }' >/tmp/main.cpp; \
    printf '#include <math.h>\nint main(int n, char **v) { return lgamma(n) != 0; }' >/tmp/main.c; \
    g++ -H -std=gnu++20 -O2 -pipe -static -DONLINE_JUDGE -o /tmp/main /tmp/main.cpp 2>&1 | grep -F '! /usr'; \
    test "$(/tmp/main)" = 42; \
    gcc -std=gnu17 -O2 -pipe -static -DONLINE_JUDGE -o /tmp/main /tmp/main.c; \
    /tmp/main; \
    printf '#pragma GCC target("avx2")\n#include <vector>\nint main() { return std::vector<int>().size(); }' >/tmp/main.cpp; \
    g++ -std=gnu++20 -O2 -S -o /tmp/main.s /tmp/main.cpp; \
    rm -f /tmp/main*
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-cpp" \
      org.opencontainers.image.description="Zuko's sandbox for C and C++ programs, compiler included" \
      org.opencontainers.image.version="14" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later WITH GCC-exception-3.1" \
      zuko.language="cpp" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
