"""The client certificate for the Docker host from AWS Secrets Manager: read once, kept in memory only."""

import json
import logging

from zuko.engine.tls import Credentials
from zuko.errors import EngineError, HostSettingError

log = logging.getLogger(__name__)

_PARTS = ("ca", "cert", "key")


def read_credentials(secret: str) -> Credentials:
    """Return the credentials in a secret: JSON with `ca`, `cert` and `key`, each PEM.

    Args:
        secret: name or ARN of the secret.

    Raises:
        EngineError: it cannot be read, or contains something else. The message never repeats the content.
    """
    try:
        import boto3  # noqa: PLC0415 - takes a third of a second, and only functions need it
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as error:
        raise HostSettingError("ZUKO_DOCKER_SECRET needs boto3: install zuko[lambda]") from error
    try:
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        response = boto3.client("secretsmanager", config=config).get_secret_value(SecretId=secret)
    except ClientError as error:
        log.warning("the secret %s cannot be read: %s", secret, error)
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise EngineError(f"the secret that ZUKO_DOCKER_SECRET names cannot be read: {code}") from error
    except BotoCoreError as error:
        log.warning("the secret %s cannot be read: %s", secret, error)
        raise EngineError(f"the secret that ZUKO_DOCKER_SECRET names cannot be read: {type(error).__name__}") from error
    try:
        held = json.loads(response["SecretString"])
        parts = [held[part] for part in _PARTS]
    except (KeyError, TypeError, ValueError):
        parts = []
    if not parts or not all(isinstance(part, str) for part in parts):
        # Without `from`: the cause would carry the content of the secret into the log.
        raise HostSettingError("the secret that ZUKO_DOCKER_SECRET names is not JSON with ca, cert and key") from None
    return Credentials(*parts)
