# The sandbox for programs in small scripting languages: the distribution's interpreters, in one image.
#
#   docker build -f docker/scripts.Dockerfile -t zuko-scripts:13 .
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
RUN sh /tmp/install.sh bash bc gawk guile-3.0 lua5.4 perl php8.4-bcmath php8.4-cli php8.4-gmp php8.4-mbstring ruby sqlite3 \
    tcl8.6

# Perl's modules stand where sandbox-root.sh keeps nothing. PHP's errors go to standard error, and no extension is
# loaded that programs do not need. Tcl and Guile keep only their own files.
COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
COPY docker/scripts/php.ini /etc/php/8.4/cli/php.ini
RUN set -eu; \
    cp -a /usr/share/perl /usr/local/lib/perl-modules; \
    sh /tmp/sandbox-root.sh bash bc gawk guile-3.0 guile-3.0-libs lua5.4 perl perl-base libperl5.40 perl-modules-5.40 \
        'php8.4-*' ruby ruby3.3 'libruby*' 'ruby-*' rubygems-integration sqlite3 tcl8.6 libtcl8.6; \
    mv /usr/local/lib/perl-modules /usr/share/perl; \
    rm -rf /usr/share/perl/*/pod /usr/share/perl/*/Pod/Perldoc* /usr/share/perl/*/CPAN* /usr/share/perl/*/perl5db.pl; \
    find /usr/lib -name '*.pod' -delete; \
    cd /usr/bin; \
    rm -f bashbug corelist cpan* enc2xs encguess erb* gem* guile-tools h2ph h2xs instmodsh irb* json_pp libnetcfg \
        perlbug perldoc perlivp perlthanks piconv pl2pm pod* prove ptar* racc* rake* rbs* rdoc* ri* ruby-lsp shasum \
        splain streamzip typeprof* xsubpp zipdetails bundle* phar* php php.default; \
    rm -rf /etc/php/8.4/cli/conf.d/*opcache* /etc/php/8.4/cli/conf.d/*readline*; \
    ruby3.3 -e 'require "set"; require "bigdecimal"; require "prime"; require "json"'; \
    php8.4 -r 'exit(bcadd("1", "2") == "3" && mb_strlen("ü") == 1 && gmp_add(1, 2) == 3 ? 0 : 1);'; \
    perl -e 'use POSIX; use List::Util "sum"; use Math::BigInt; use Time::HiRes; use Data::Dumper; use utf8;'; \
    guile-3.0 -c '(use-modules (srfi srfi-1) (ice-9 rdelim) (ice-9 match))'; \
    lua5.4 -e 'assert(math.type(1) == "integer")'; \
    echo 'puts [clock format 0 -gmt 1]' | tclsh8.6; \
    gawk 'BEGIN { exit 0 }'; \
    sqlite3 :memory: 'select json(1)'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-scripts" \
      org.opencontainers.image.description="Zuko's sandbox for Ruby, PHP, Perl, Lua, Bash, AWK, Tcl, Scheme and SQLite" \
      org.opencontainers.image.version="13" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later AND PHP-3.01 AND BSD-2-Clause" \
      zuko.language="scripts" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
