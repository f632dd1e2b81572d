"""The body of a REST request: JSON that is as strict and as limited as in a socket's frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from livesheet.wire import strict_json


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """Values that cannot be used come out as such, and are refused column by column."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            given = strict_json.loads(_body(stream).decode())
        except (ValueError, RecursionError) as error:
            raise ParseError(f"Expected JSON; got {error}.") from error
        if not isinstance(given, dict):
            return given
        if not strict_json.is_encodable("".join(given)):
            raise ParseError("Expected the names of columns; got half a character.")
        return {name: strict_json.usable(value) for name, value in given.items()}


def _body(stream: Any) -> bytes:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if most is None:
        return bytes(stream.read())
    body = bytes(stream.read(most + 1))
    if len(body) > most:
        raise TooLarge(f"Expected at most {most} bytes (DATA_UPLOAD_MAX_MEMORY_SIZE).")
    return body
