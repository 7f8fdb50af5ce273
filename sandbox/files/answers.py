"""How Azure Files answers: lists and errors in XML, bytes whole or in part."""

import base64
import re
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from sandbox.files.tree import Node
from sandbox.loopback.exchange import Request, Response

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '\ufeff<?xml version="1.0" encoding="utf-8"?>'
MADE = "2026-05-04T09:00:00.0000000Z"


def error(status: int, code: str, message: str) -> Response:
    """Answer with an error, its code in a header too."""
    body = f"{_HEAD}<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    headers = [("Content-Type", "application/xml"), ("x-ms-error-code", code)]
    return Response(status, body.encode(), headers)


def listing(
    request: Request,
    endpoint: str,
    share: str,
    path: str,
    node: Node,
    children: list[Node],
    most: int,
) -> Response:
    """Answer List Directories and Files: one level, at most `most` entries a page."""
    query = request.query
    prefix, marker = query.get("prefix", "").lower(), query.get("marker", "")
    asked = query.get("maxresults", "5000")
    if not asked.isdecimal() or int(asked) < 1:
        return error(400, "OutOfRangeQueryParameterValue", "maxresults is from 1 to 5000")
    after = _position(marker) if marker else ""
    if after is None:
        return error(400, "InvalidQueryParameterValue", "the marker is none of this service's")
    rest = [c for c in children if c.name.lower() > after and c.name.lower().startswith(prefix)]
    shown = rest[: min(int(asked), most, 5000)]
    following = _marker(shown[-1].name) if len(shown) < len(rest) else ""
    extended = request.headers.get("x-ms-file-extended-info", "").lower() == "true"
    include = {part.lower() for part in query.get("include", "").split(",")}
    entries = "".join(_entry(child, extended, include) for child in shown)
    body = (
        f"{_HEAD}<EnumerationResults ServiceEndpoint={quoteattr(endpoint)} "
        f"ShareName={quoteattr(share)} DirectoryPath={quoteattr(path)}>"
        f"<Marker>{escape(marker)}</Marker><Prefix>{escape(prefix)}</Prefix>"
        f"<MaxResults>{asked}</MaxResults>"
        + (f"<DirectoryId>{node.id}</DirectoryId>" if extended else "")
        + f"<Entries>{entries}</Entries><NextMarker>{escape(following)}</NextMarker>"
        "</EnumerationResults>"
    )
    return Response(200, body.encode(), [("Content-Type", "application/xml")])


def _entry(node: Node, extended: bool, include: set[str]) -> str:
    tag = "Directory" if node.is_folder else "File"
    name = escape(node.name)
    encoded = ""
    if _XML.search(node.name):
        name, encoded = quote(node.name, safe=""), ' Encoded="true"'
    properties = (
        "" if node.content is None else f"<Content-Length>{node.content.size}</Content-Length>"
    )
    if "timestamps" in include:
        properties += f"<CreationTime>{MADE}</CreationTime><LastWriteTime>{MADE}</LastWriteTime>"
    if "etag" in include:
        properties += f"<Etag>{escape(node.etag)}</Etag>"
    return (
        f"<{tag}>"
        + (f"<FileId>{node.id}</FileId>" if extended else "")
        + f"<Name{encoded}>{name}</Name><Properties>{properties}</Properties></{tag}>"
    )


def _marker(name: str) -> str:
    return base64.urlsafe_b64encode(name.lower().encode()).decode()


def _position(marker: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(marker).decode()
    except ValueError:
        return None


def properties(node: Node) -> Response:
    """Answer Get Directory Properties or Get File Properties: headers alone."""
    headers = [
        ("ETag", node.etag),
        ("x-ms-file-id", node.id),
        ("x-ms-file-creation-time", MADE),
        ("x-ms-type", "Directory" if node.is_folder else "File"),
        ("x-ms-file-attributes", _attributes(node)),
    ]
    if node.content is None:
        return Response(200, b"", headers)
    return Response(200, headers=headers, content=node.content, length=node.content.size)


def _attributes(node: Node) -> str:
    if node.is_folder:
        return "Directory"
    return "ReadOnly | Archive" if node.is_read_only else "Archive"


def file(request: Request, node: Node) -> Response:
    """Answer Get File: all of it, or from one position on, 206. It knows no `If-Match`."""
    whole = properties(node)
    size = whole.length
    wanted = _RANGE.fullmatch(request.headers.get("x-ms-range") or request.headers.get("range", ""))
    if wanted is None:
        return whole
    start, last = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    if start > last:
        return error(416, "InvalidRange", "The range is invalid for the current size.")
    whole.status, whole.start, whole.length = 206, start, last - start + 1
    whole.headers.append(("Content-Range", f"bytes {start}-{last}/{size}"))
    return whole
