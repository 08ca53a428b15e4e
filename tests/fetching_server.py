"""A real HTTP server on loopback that misbehaves on request, and a stub resolver that leads other names to it.

A route is a function of a `Visit`, which writes anything to the socket, or bytes, which are a whole response.
"""

import socketserver
import ssl
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from socket import SHUT_WR, gaierror, socket
from threading import Event, Thread

import trustme

from newsroom.fetching.address_ranges import parse_networks
from newsroom.fetching.network import Network

LOOPBACK = "127.0.0.1"


@dataclass
class Visit:
    """One request: its path, its headers with names in lower case, and the socket for the response."""

    path: str
    headers: dict[str, str]
    socket: socket = field(repr=False)
    stopped: Event = field(repr=False)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.01) -> None:
        """Send one byte at a time; return early when the server stops."""
        for byte in data:
            self.send(bytes([byte]))
            if self.stopped.wait(seconds):
                return

    def repeat(self, data: bytes) -> None:
        """Send the same bytes until the client hangs up or the server stops."""
        while not self.stopped.is_set():
            self.send(data)

    def hang(self) -> None:
        """Neither send anything nor hang up."""
        self.stopped.wait()


Route = Callable[[Visit], None] | bytes


def response(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole response; the name of a header is a keyword with underscores instead of hyphens."""
    headers.setdefault("content_length", str(len(body)))
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


def redirect(location: str) -> bytes:
    return response(status="302 Found", location=location)


class FetchingServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The server, in threads; `visits` are the requests that arrived, `routes` are by path with the query."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, tls_context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.routes: dict[str, Route] = {}
        self.visits: list[Visit] = []
        self.stopped = Event()
        self.tls_context = tls_context
        super().__init__((LOOPBACK, port), Handler)
        self.thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str = "/", host: str = LOOPBACK) -> str:
        scheme = "https" if self.tls_context else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [visit.path for visit in self.visits]

    def stop(self) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(socketserver.BaseRequestHandler):
    """Reads the head of one request and follows the route of its path."""

    server: FetchingServer

    def handle(self) -> None:
        try:
            self.respond()
        except OSError:
            # The client hung up, as it is meant to.
            return

    def respond(self) -> None:
        if self.server.tls_context:
            self.request = self.server.tls_context.wrap_socket(self.request, server_side=True)
        with self.request:
            head = b""
            while b"\r\n\r\n" not in head:
                data = self.request.recv(65_536)
                if not data:
                    return
                head += data
            first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}
            visit = Visit(first.split(" ")[1], headers, self.request, self.server.stopped)
            self.server.visits.append(visit)
            route = self.server.routes.get(visit.path, response(b"not here", "404 Not Found"))
            if isinstance(route, bytes):
                visit.send(route)
            else:
                route(visit)
            self.request.shutdown(SHUT_WR)


class StubResolver:
    """Answers with the addresses given for a name; each further call for a name gets its next answer."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers: defaultdict[str, list[list[str]]] = defaultdict(list)
        self.calls: list[str] = []
        for name, addresses in answers.items():
            self.add(f"{name}.example", addresses)

    def add(self, name: str, *answers: list[str]) -> None:
        self.answers[name] += answers

    def __call__(self, name: str) -> list[str]:
        self.calls.append(name)
        answers = self.answers[name]
        if not answers:
            raise gaierror(-2, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def loopback_network(resolve: Callable[[str], list[str]], ca: trustme.CA | None = None) -> Network:
    """Return a network in which loopback is exempt, as an intranet is, and only `ca` is trusted."""
    # Without the authorities of the system, whose loading takes longer than most tests.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        ca.configure_trust(context)
    return Network(resolve, context, parse_networks(["127.0.0.0/8"]))
