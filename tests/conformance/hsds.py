"""HSDS 3.0's schemas, read where they lie beside the project (``TSUNAGARI_CONFORMANCE``)."""

import functools
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "conformance"
HSDS = Path(os.environ.get("TSUNAGARI_CONFORMANCE") or _DEFAULT) / "hsds-3.0"

needs_hsds = pytest.mark.skipif(
    not HSDS.is_dir(), reason="HSDS 3.0 is not beside the project; set TSUNAGARI_CONFORMANCE to its folder"
)


def read(name: str) -> Any:
    """A JSON file of HSDS 3.0, such as ``schema/openapi.json``."""
    return json.loads((HSDS / name).read_text(encoding="utf-8"))


FORMATS = FormatChecker(["uuid", "email"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    # jsonschema checks it only with a further library
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and " " not in value)


def _retrieve(reference: str) -> Any:
    # the schemas name each other by file, the OpenAPI document by the address of the same file
    return DRAFT202012.create_resource(read(f"schema/{reference.rpartition('/')[2]}"))


REGISTRY: Registry[Any] = Registry(retrieve=_retrieve)


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """The validator of ``compiled/service`` and the like, formats included."""
    return Draft202012Validator(read(f"schema/{name}.json"), format_checker=FORMATS, registry=REGISTRY)


@functools.cache
def properties(name: str) -> frozenset[str]:
    """The properties that HSDS gives an object (``service``, ``phone`` …)."""
    return frozenset(read(f"schema/{name}.json")["properties"])


def faults(name: str, item: Any) -> list[str]:
    """What is wrong with an item, as readable lines."""
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator(name).iter_errors(item)
    ]
