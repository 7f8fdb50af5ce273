"""Files that are left out of a package because a setting says that they are too large."""

from dsr.errors import ServiceError
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.usecases.connector import Content, Missing, Source, Stream


class _Opened:
    """A source whose first opening was made before, to learn how long it is."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._source = source
        self._stream: Stream | None = stream

    def open(self, offset: int = 0, etag: str | None = None) -> Stream:
        """Give the stream that is open where it is asked for from its beginning."""
        stream, self._stream = self._stream, None
        if stream is not None and not offset and etag is None:
            return stream
        if stream is not None:
            stream.close()
        return self._source.open(offset, etag)


def within_limit(
    workspace: AzureMlWorkspace, kind: str, name: str, source: Source, size: int | None = None
) -> Content | Missing:
    """Give a file, or say that it is larger than the setting allows for its kind.

    `size` in bytes where it is known; else the file is opened, and read on from there. What
    can't be opened is left to whoever copies it to tell.
    """
    limit = workspace.limits.get(kind)
    if limit is None:
        return Content(name, source)
    if size is None:
        try:
            stream = source.open()
        except ServiceError:
            return Content(name, source)
        if stream.length is None or stream.length <= limit:
            return Content(name, _Opened(source, stream))
        stream.close()
    elif size <= limit:
        return Content(name, source)
    megabytes = limit // (1024 * 1024)
    return Missing(
        name,
        f"it is larger than the {megabytes} MB to which DSR_AZUREML_MAX_MEGABYTES limits files of"
        f" kind {kind}",
        (
            f"Raise the limit of {kind} in DSR_AZUREML_MAX_MEGABYTES, or take it out, and submit"
            " the request again.",
            f"Or open the workspace {workspace.id} at https://ml.azure.com and download the file"
            f" from there: {name}.",
        ),
    )
