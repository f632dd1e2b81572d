"""What columns and serializers need from a sheet, so that they need not import the sheet itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db import models


class Declared(Protocol):
    """A sheet for one user, as far as its columns are concerned."""

    user: Any
    params: Any

    @property
    def alias(self) -> str: ...

    @classmethod
    def get_model(cls) -> type[models.Model]: ...

    def get_fields(self) -> Sequence[str]: ...

    def get_readonly_fields(self) -> Sequence[str]: ...

    def get_columns(self) -> Mapping[str, Mapping[str, Any]]: ...

    def get_queryset(self) -> models.QuerySet[Any]: ...

    def get_related_queryset(self, field: str) -> models.QuerySet[Any]: ...

    def get_serializer(self) -> Any: ...
