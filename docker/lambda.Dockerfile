# A stand-in for public.ecr.aws/lambda/python:3.12, for `sam local` where that cannot be pulled: the same interpreter
# version, runtime client and directories, on Debian instead of Amazon Linux. docker/make-lambda-image.sh builds it.
FROM python:3.12-slim-trixie
# The build context: awslambdaric and boto3, in the versions of uv.lock. Lambda's runtime has both, too.
COPY . /var/runtime
# `sam local` adds the runtime interface emulator, which starts /var/runtime/bootstrap.
RUN mkdir -p /var/lang/bin /var/task /opt \
 && ln -s /usr/local/bin/python3.12 /var/lang/bin/python3.12 \
 && printf '#!/bin/sh\nexec /var/lang/bin/python3.12 -m awslambdaric "$_HANDLER"\n' >/var/runtime/bootstrap \
 && chmod 0755 /var/runtime/bootstrap \
 && /var/lang/bin/python3.12 -m compileall -q --invalidation-mode unchecked-hash /usr/local/lib/python3.12 /var/runtime
ENV LAMBDA_TASK_ROOT=/var/task \
    LAMBDA_RUNTIME_DIR=/var/runtime \
    PYTHONPATH=/var/task:/opt/python:/var/runtime \
    PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /var/task
ARG INPUTS=unknown
LABEL zuko.lambda="${INPUTS}"
