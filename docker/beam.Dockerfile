# The sandbox for Erlang and Elixir programs: the distribution's packages, in one image.
#
#   docker build -f docker/beam.Dockerfile -t zuko-beam:27 .
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
RUN sh /tmp/install.sh elixir erlang-base erlang-crypto

COPY docker/sandbox-root.sh /tmp/sandbox-root.sh
RUN set -eu; \
    sh /tmp/sandbox-root.sh elixir erlang-base erlang-crypto; \
    find /usr/lib/erlang \( -name src -o -name include -o -name examples -o -name emacs \) -prune -exec rm -rf {} +; \
    rm -f /usr/bin/epmd /usr/bin/dialyzer /usr/bin/typer /usr/bin/ct_run /usr/bin/mix /usr/bin/iex /usr/bin/run_erl \
        /usr/bin/to_erl; \
    erl -noshell -eval 'io:format("~p~n", [lists:sum([1, 2])]), halt().'; \
    elixir -e 'IO.puts(Enum.sum([1, 2]))'
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-beam" \
      org.opencontainers.image.description="Zuko's sandbox for Erlang and Elixir" \
      org.opencontainers.image.version="27" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0" \
      zuko.language="beam" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
