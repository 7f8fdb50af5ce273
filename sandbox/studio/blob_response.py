"""How the storage service answers for a blob: whole, in part, or with an error.

Range, conditions and errors follow the Get Blob operation of Azure Blob Storage: one range of
the forms `a-` and `a-b`, 206 with Content-Range, 412 ConditionNotMet, 416 InvalidRange, errors
as XML with an `x-ms-error-code` header.
"""

import re
from xml.sax.saxutils import escape

from sandbox.loopback.exchange import Request, Response
from sandbox.studio.content import Content

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def blob_response(request: Request, content: Content) -> Response:
    """Answer with a blob's bytes, or with the part that the request asks for."""
    expected = request.headers.get("if-match", "*")
    if expected not in ("*", content.etag):
        return blob_error(
            412,
            "ConditionNotMet",
            "The condition specified using HTTP conditional header(s) is not met.",
        )
    start, length, status = 0, content.size, 200
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("Accept-Ranges", "bytes"),
        ("ETag", content.etag),
        ("x-ms-blob-type", "BlockBlob"),
    ]
    wanted = _RANGE.fullmatch(request.headers.get("x-ms-range") or request.headers.get("range", ""))
    if wanted is not None:
        start = int(wanted[1])
        last = min(int(wanted[2] or content.size), content.size - 1)
        if start > last:
            return blob_error(
                416,
                "InvalidRange",
                "The range specified is invalid for the current size of the resource.",
                [("Content-Range", f"bytes */{content.size}")],
            )
        length, status = last - start + 1, 206
        headers.append(("Content-Range", f"bytes {start}-{last}/{content.size}"))
    return Response(status, headers=headers, content=content, start=start, length=length)


def blob_error(
    status: int, code: str, message: str, headers: list[tuple[str, str]] | None = None
) -> Response:
    """Answer with an error in the storage service's XML."""
    body = (
        f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error>"
    )
    named = [("Content-Type", "application/xml"), ("x-ms-error-code", code), *(headers or [])]
    return Response(status, body.encode(), named)


def refused(detail: str) -> Response:
    """Answer for a link that does not open the blob."""
    body = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>'
        "<Message>Server failed to authenticate the request. Make sure the value of Authorization "
        "header is formed correctly including the signature.</Message>"
        f"<AuthenticationErrorDetail>{escape(detail)}</AuthenticationErrorDetail></Error>"
    )
    return Response(
        403,
        body.encode(),
        [("Content-Type", "application/xml"), ("x-ms-error-code", "AuthenticationFailed")],
    )
