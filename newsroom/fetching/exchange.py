"""One request and its response over a connection, in HTTP/1.1."""

from collections.abc import Iterator, Sequence

import h11

from newsroom.fetching.connections import Connection
from newsroom.fetching.content_encoding import Body
from newsroom.fetching.errors import FetchFailed, FetchRefused, Reason
from newsroom.fetching.responses import header_values

# The limit of a response's headers together.
MAX_HEADER_BYTES = 65_536

Headers = Sequence[tuple[str, str]]


class Exchange:
    """A GET request; its response's head is read at once, the body on demand."""

    def __init__(self, connection: Connection, path: str, headers: Headers) -> None:
        self.connection = connection
        self.protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        request = h11.Request(method="GET", target=path, headers=list(headers))
        connection.send((self.protocol.send(request) or b"") + (self.protocol.send(h11.EndOfMessage()) or b""))
        response = next(event for event in self.events() if isinstance(event, h11.Response))
        self.status = response.status_code
        self.headers = header_values(response.headers)

    def events(self) -> Iterator[h11.Event]:
        """Yield the parts of the response as they arrive; informational responses are among them."""
        while True:
            try:
                event = self.protocol.next_event()
                if event is h11.NEED_DATA:
                    self.protocol.receive_data(self.connection.receive())
                    continue
            except h11.RemoteProtocolError as error:
                raise FetchFailed(Reason.PROTOCOL, str(error)) from error
            if not isinstance(event, h11.Event) or isinstance(event, h11.ConnectionClosed):
                # Another protocol follows, or nothing.
                raise FetchFailed(Reason.PROTOCOL, "no response")
            yield event

    def read_body(self, max_bytes: int) -> bytes:
        """Return the body, decompressed; raise FetchRefused if it is larger than `max_bytes`."""
        length = self.headers.get("content-length", "0")
        # Before anything is read. Text that is no number was refused with the headers.
        if length.isdecimal() and int(length) > max_bytes:
            raise FetchRefused(Reason.TOO_LARGE, f"{length} bytes instead of at most {max_bytes}")
        body = Body(self.headers.get("content-encoding", ""), max_bytes)
        for event in self.events():
            if isinstance(event, h11.Data):
                body.add(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
        # We ask for the connection to be closed, so anything that follows is part of a longer body.
        if self.protocol.trailing_data[0]:
            raise FetchFailed(Reason.PROTOCOL, "more data than Content-Length")
        return body.complete()
