# The service as an image, from the wheel: `zuko serve`, `zuko worker`, `zuko guard` and the other commands.
#
#   docker build -f docker/service.Dockerfile -t zuko-service .
#
# Works with the classic builder and with BuildKit. Without a registry, run docker/make-base-images.sh first.

# The wheel, as `uv build` makes it, and what uv.lock names for it. Each file has the hash that stands there: so a
# certificate is not checked, which would fail where a proxy has one of its own.
FROM debian:trixie-slim AS packages
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3-hatchling python3-pip >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY docker/service/requirements.txt docker/service/install.sh /src/docker/service/
RUN sh /src/docker/service/install.sh --require-hashes --trusted-host pypi.org --trusted-host files.pythonhosted.org \
    --requirement /src/docker/service/requirements.txt
COPY . /src
RUN cd /src && python3 -m hatchling build --target wheel --directory /dist >/dev/null \
 && rm -rf /packages/bin && sh /src/docker/service/install.sh --no-index /dist/*.whl


FROM python:3.12-slim-trixie
COPY --from=packages /packages /usr/local/lib/python3.12/site-packages
COPY docker/service/alive.py /usr/local/lib/zuko/
# pip wrote the command for the Python that it runs under.
RUN sed '1s|.*|#!/usr/local/bin/python3.12|' /usr/local/lib/python3.12/site-packages/bin/zuko >/usr/local/bin/zuko \
 && chmod 0755 /usr/local/bin/zuko \
 && python3.12 -m compileall -q -j 0 -x /doctor/hostile/ --invalidation-mode unchecked-hash \
    /usr/local/lib/python3.12/site-packages \
 && python3.12 -c 'import mcp, psycopg, uvloop, zuko.api.asgi, zuko.telemetry.otel' \
 && echo 'zuko:x:10001:10001:zuko:/nonexistent:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'zuko:x:10001:' >>/etc/group \
 && install -d -o 10001 -g 10001 -m 0700 /var/cache/zuko
LABEL org.opencontainers.image.title="zuko-service" \
      org.opencontainers.image.description="Zuko's service, worker and guard" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/var/cache \
    XDG_STATE_HOME=/var/lib
USER 10001:10001
WORKDIR /
ENTRYPOINT ["/usr/local/bin/zuko"]
CMD ["serve"]
