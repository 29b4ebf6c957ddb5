"""Text of requests as bytes: as UTF-8, or from base64."""

import binascii
from typing import Final

from zuko.errors import SubmissionError

BASE64: Final = "base64"


def encode(text: str, field: str, place: str | None = None) -> bytes:
    """Return text as UTF-8.

    Args:
        text: as it was sent.
        field: which has it.
        place: for the message; None: the field.

    Raises:
        SubmissionError: JSON can spell half a character, which no bytes of UTF-8 can carry.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SubmissionError(field, f"{place or field} is not valid Unicode (lone surrogate)") from error


def decode(text: str, encoding: str, field: str, place: str | None = None) -> bytes:
    """Return the bytes that text stands for: as UTF-8, or as base64.

    Raises:
        SubmissionError: it is not valid.
    """
    if encoding != BASE64:
        return encode(text, field, place)
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise SubmissionError(field, f"{place or field} is not valid base64") from error
