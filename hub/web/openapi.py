"""OpenAPI 3.1 of a list of routes, generated from their types."""

import re
from collections.abc import Sequence

import msgspec

from hub.web.routes import Nothing, Problem, Route

Json = dict[str, object]


def openapi(routes: Sequence[Route], version: str) -> Json:
    """The whole document as JSON values."""
    types: list[object] = [Problem]
    for route in routes:
        types += [kind for kind in (route.answer, route.body, route.query) if kind is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type, components)
    used = {name: schema for name, schema in components.items() if name != Nothing.__name__}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Usher hub", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": used, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(route: Route, schemas: dict[str, Json], components: dict[str, Json]) -> Json:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    query = components.get(route.query.__name__, {})
    properties = query.get("properties", {})
    required = query.get("required", [])
    if isinstance(properties, dict) and isinstance(required, list):
        for name, schema in properties.items():
            parameters.append({"name": name, "in": "query", "required": name in required, "schema": schema})
    problem_answer: Json = {
        "description": "refused",
        "content": {"application/problem+json": {"schema": schemas[repr(Problem)]}},
    }
    operation: Json = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "done", "content": {"application/json": {"schema": schemas[repr(route.answer)]}}},
            "default": problem_answer,
        },
    }
    if route.body is not None:
        content = {"application/json": {"schema": schemas[repr(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    if not route.open:
        operation["security"] = [{"token": []}]
    return operation


def _operation_id(route: Route) -> str:
    words = re.sub(r"[{}]", "", route.path).strip("/").replace("/", "_").replace("-", "_").replace(".", "_")
    return f"{route.method.lower()}_{words}"
