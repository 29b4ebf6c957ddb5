# The sandbox for Python programs that compute with data: docker/python.Dockerfile with the packages of
# docker/python-data/requirements.txt.
#
#   docker build -f docker/python-data.Dockerfile -t zuko-python-data:3.12 .
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


FROM python:3.12-slim-trixie AS python


# The interpreter, relinked so that it starts faster.
FROM init AS linked
COPY --from=python /usr/local /usr/local
COPY docker/python /src/docker/python
RUN cp /src/docker/python/sitecustomize.py /usr/local/lib/python3.12/ \
 && sh /src/docker/python/link.sh /linked


# Each file has the hash that stands in the lock: so a certificate is not checked, which would fail where a proxy has one
# of its own. Tests of the packages are a fifth of their size.
FROM debian:trixie-slim AS packages
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh python3-pip
COPY docker/python-data/requirements.txt /tmp/
RUN set -eu; machine=$(uname -m); \
    pip install -q --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: --target /packages \
        --python-version 3.12 --implementation cp --abi cp312 --abi abi3 --abi none \
        --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" --platform "manylinux_2_26_$machine" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --platform any \
        --trusted-host pypi.org --trusted-host files.pythonhosted.org -r /tmp/requirements.txt; \
    cd /packages; \
    rm -rf bin; \
    find . -type d -name tests -prune -exec rm -rf {} +


FROM python AS root
COPY docker/install.sh /tmp/install.sh
RUN sh /tmp/install.sh libstdc++6
COPY docker/sandbox-root.sh docker/python/root.sh docker/python/sitecustomize.py docker/python-data/zuko_ahead.py /tmp/
COPY --from=linked /linked /tmp/linked
COPY --from=packages /packages /tmp/packages
RUN sh /tmp/root.sh \
 && MPLBACKEND=Agg MPLCONFIGDIR=/tmp/mpl python3.12 -c 'import bs4, hypothesis, lxml.etree, matplotlib.pyplot, more_itertools, \
networkx, numpy, pandas, PIL.Image, pytest, dateutil, yaml, regex, requests, sklearn.linear_model, scipy.optimize, \
sortedcontainers, statsmodels.api, sympy, tabulate' \
 && OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MPLBACKEND=Agg MPLCONFIGDIR=/tmp/mpl python3.12 -c 'import zuko_ahead; zuko_ahead.prepare()' \
 && rm -rf /tmp/*
COPY --from=init /zuko-init /usr/local/sbin/zuko-init


# One flat layer, without the files that were removed above.
FROM scratch
COPY --from=root / /
ARG CONTEXT_HASH=unknown
LABEL org.opencontainers.image.title="zuko-python-data" \
      org.opencontainers.image.description="Zuko's sandbox for Python 3.12 programs with numpy, pandas and others" \
      org.opencontainers.image.version="3.12" \
      org.opencontainers.image.licenses="MIT AND PSF-2.0 AND GPL-3.0-or-later" \
      zuko.language="python-data" \
      zuko.context="${CONTEXT_HASH}"
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8
USER 20000:20000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/sbin/zuko-init"]
