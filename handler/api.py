"""The API as a Lambda function: `handler.api.handler`."""

from zuko.aws.function import Function
from zuko.settings import Settings

handler = Function(Settings.read())
