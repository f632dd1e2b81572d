"""REST as an OpenAPI document says it, made of what the serializers declare.

The package itself publishes none: which columns there are depends on who asks. This one is of one
user, and by DRF's own mapping of fields, so that what the package answers is held against it.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

ERRORS = ("400", "403", "405", "406", "409", "413", "415", "429")


def document(user: Any, sheets: tuple[str, ...]) -> Schema:
    paths: Schema = {}
    for name in sheets:
        paths |= _paths(name, user)
    return {
        "openapi": "3.0.3",
        "info": {"title": "The sheets", "version": "1"},
        "servers": [{"url": "/sheets"}],
        "paths": paths,
    }


def _paths(name: str, user: Any) -> Schema:
    from livesheet.sheet.declaration import find_sheet

    sheet_class = find_sheet(name)
    assert sheet_class is not None
    sheet = sheet_class(user)
    row, wanted = _row(sheet), _row(sheet, is_request=True)
    partly = {**wanted, "required": []}
    number = {"type": "integer", "minimum": 1, "maximum": 1}
    page = [_parameter("page", "query", number), _parameter("page_size", "query", number)]
    text = {"type": "string", "maxLength": 500}
    search = [_parameter(name, "query", text) for name in ("search", "ordering", "view")]
    known = [str(pk) for pk in sheet.get_model()._base_manager.values_list("pk", flat=True)]
    key = _parameter("pk", "path", {"anyOf": [{"enum": known}, {"type": "string"}]})
    paths: Schema = {
        f"/{name}/": {
            "get": _operation("200", _page(row), [*page, *search]),
            "post": _operation("201", row, body=wanted),
        },
        f"/{name}/{{pk}}/": {
            "get": _operation("200", row, [key]),
            "put": _operation("200", row, [key], body=wanted),
            "patch": _operation("200", row, [key], body=partly),
            "delete": _operation("204", None, [key]),
        },
    }
    pair = {"type": "object", "required": ["key", "label"]}
    q = _parameter("q", "query", text)
    for column in sheet.columns:
        if column.related_model is not None:
            paths[f"/{name}/related/{column.name}/"] = {
                "get": _operation("200", _page(pair), [*page, q])
            }
    return paths


def _row(sheet: Any, is_request: bool = False) -> Schema:
    """As DRF maps the serializer's fields: those that are read, or those that are written."""
    from rest_framework.schemas.openapi import AutoSchema

    whole = AutoSchema().map_serializer(sheet.get_serializer())
    named = {column.name: column for column in sheet.columns}
    left_out = "readOnly" if is_request else "writeOnly"
    properties = {
        name: _scrubbed(schema, is_request)
        for name, schema in whole["properties"].items()
        if name in named and not schema.get(left_out)
        if not (is_request and named[name].readonly)
    }
    required = [name for name in whole.get("required", ()) if name in properties]
    if is_request:
        return {"type": "object", "properties": properties, "required": required}
    return {
        "type": "object",
        "properties": {"pk": {"type": "string"}, **properties},
        "required": ["pk", *properties],
    }


def _scrubbed(schema: Schema, is_request: bool) -> Schema:
    """Without what is Python's alone (its regular expressions) or says too little (any JSON)."""
    if schema.get("type") == "object":
        return {}
    kept = {"type", "enum", "nullable", "items", *(["format", "maxLength"] if is_request else ())}
    told = {key: value for key, value in schema.items() if key in kept}
    if schema.get("format") == "binary":
        told["nullable"] = True  # an address, or nothing
    return told


def _page(of: Schema) -> Schema:
    link = {"type": "string", "nullable": True}
    return {
        "type": "object",
        "properties": {
            "count": {"type": "integer"}, "next": link, "previous": link,
            "results": {"type": "array", "items": of},
        },
        "required": ["count", "next", "previous", "results"],
    }  # fmt: skip


def _parameter(name: str, where: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _operation(
    code: str, answer: Schema | None, parameters: Any = (), body: Schema | None = None
) -> Schema:
    told: Schema = {"description": "as asked"}
    if answer is not None:
        told["content"] = {"application/json": {"schema": answer}}
    refused = {"content": {"application/json": {"schema": {"type": "object"}}}}
    operation: Schema = {
        "parameters": list(parameters),
        "responses": {
            code: told,
            "404": {"description": "no such address, as Django says it, or no such row"},
            **{error: {"description": "refused", **refused} for error in ERRORS},
        },
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation
