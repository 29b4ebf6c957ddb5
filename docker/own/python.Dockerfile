# The sandbox of a site's own Python: ours, with the packages of a requirements file. `zuko images build` fills in what
# stands between at signs.

# Each file has the hash that stands in the requirements: so a certificate is not checked, which would fail where a proxy
# has one of its own. Wheels alone: no code of a package runs here. pip is Debian's, in the interpreter of the sandbox,
# whose version and platform decide which wheels it takes.
FROM debian:trixie-slim AS packages
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh python3-pip libstdc++6
COPY --from=@BASE@ /usr/local /usr/local
COPY docker/own/requirements.txt /tmp/
RUN set -eu; packages=/added/usr/local/lib/python@VERSION@/site-packages; \
    PYTHONPATH=/usr/lib/python3/dist-packages /usr/local/bin/python@VERSION@ -m pip install -q --no-cache-dir --no-compile \
        --require-hashes --only-binary :all: --target $packages \
        --trusted-host pypi.org --trusted-host files.pythonhosted.org -r /tmp/requirements.txt; \
    rm -rf $packages/bin; \
    cp --parents -P /usr/lib/*-linux-gnu/libstdc++.so.6* /added; \
    chmod -R u=rwX,go=rX /added

# Compiled like the standard library: an import reads one file. Some packages have files in other versions of Python.
# Without `site`, which would run the .pth files of packages, as root.
FROM @BASE@
COPY --from=packages /added /
USER 0:0
RUN /usr/local/bin/python@VERSION@ -I -S -m compileall -qq -j 0 --invalidation-mode unchecked-hash \
        /usr/local/lib/python@VERSION@/site-packages || :
USER 20000:20000
ARG CONTEXT_HASH=unknown
LABEL @LABELS@ zuko.context="${CONTEXT_HASH}"
