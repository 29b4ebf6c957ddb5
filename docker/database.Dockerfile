# The store of compose.yaml: the distribution's PostgreSQL, which only containers with its socket reach.
#
#   docker build -f docker/database.Dockerfile -t zuko-database .
#
# It listens at /run/postgresql, to no network. A user of the system `zuko` (10001) is the user `zuko` of the database
# (peer authentication): so there is no password that could leak, and none to choose.
FROM debian:trixie-slim
RUN echo 'postgres:x:10002:10002:PostgreSQL:/var/lib/postgresql:/bin/sh' >>/etc/passwd \
 && echo 'postgres:x:10002:' >>/etc/group \
 && echo 'zuko:x:10001:10001:zuko:/nonexistent:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'zuko:x:10001:' >>/etc/group \
 && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends postgresql >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql
COPY docker/database/start.sh docker/database/ready.sh /usr/local/bin/
LABEL org.opencontainers.image.title="zuko-database" \
      org.opencontainers.image.description="PostgreSQL for Zuko's submissions" \
      org.opencontainers.image.licenses="MIT AND PostgreSQL"
USER 10002:10002
WORKDIR /
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/start.sh"]
