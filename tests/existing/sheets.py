"""A sheet of one model, and what a browser does with its cells."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.sheet.declaration import unregister
from livesheet.sheet.rows import RowReader
from livesheet.wire.protocol import Add, Edit


class Opened:
    """One user's sheet, which is forgotten again: `with Opened(ann, Invoice, ["name"]) as it`."""

    def __init__(self, user: Any, model: Any, fields: list[str], **body: Any) -> None:
        name = f"existing-{model._meta.model_name}"
        body = {"model": model, "sheet_name": name, "fields": fields, **body}
        self.sheet = type("Existing", (LiveSheetConsumer,), body)(user)
        self.api = APIClient()
        self.api.force_login(user)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_raised: object) -> None:
        unregister(type(self.sheet))

    def row(self, row: Any) -> dict[str, Any]:
        """As a snapshot has it; the same as a change and the base of an edit have it."""
        reader, pk = RowReader(self.sheet), str(row.pk)
        streamed = [r for rows in reader.chunks(self.sheet.ordered_rows(), 10) for r in rows]
        assert len(streamed) == type(row).objects.count()
        names = [column.name for column in self.sheet.columns]
        held = dict(zip(names, reader.read([pk])[pk][1:], strict=True))
        assert [pk, *held.values()] in streamed
        instance = self.sheet.rows().get(pk=pk)
        assert reader.of_instance(instance, self.sheet.columns) == held
        return held

    def edit(self, row: Any, column: str, value: Any) -> str:
        """Take the cell as it is shown and give it another value: `saved`, or why not."""
        base = self.row(row)[column]
        request = Edit(uuid.uuid4().hex, [(str(row.pk), column, value, base)], False)
        reply = submit(self.sheet, request, "c", None)
        (result,) = reply["results"]
        return str(result if reply["ok"] else reply["errors"][0]["message"])

    def add(self, **values: Any) -> str:
        """`saved`, or why not."""
        reply = submit(self.sheet, Add(uuid.uuid4().hex, [values], False), "c", None)
        return "saved" if reply["ok"] else str(reply["errors"][0]["message"])

    def rest(self, row: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.api.get(f"/sheets/{self.sheet.sheet_name}/{row.pk}/").json()
        return told
