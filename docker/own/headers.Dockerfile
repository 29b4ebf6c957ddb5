# The sandbox of a site's own C or C++: ours, with headers in a directory where the compiler looks for them. `zuko images
# build` fills in what stands between at signs.
FROM @BASE@
COPY docker/own/headers /usr/local/include
ARG CONTEXT_HASH=unknown
LABEL @LABELS@ zuko.context="${CONTEXT_HASH}"
