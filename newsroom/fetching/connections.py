"""Connections to checked addresses, which limit the time and the bytes received."""

import socket
import ssl
from collections.abc import Sequence

from newsroom.fetching.address_ranges import Address
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.errors import FetchFailed, FetchRefused, Reason
from newsroom.fetching.targets import Target

# More addresses of one name are not tried.
MAX_ATTEMPTS = 4
READ_BYTES = 65_536


class Connection:
    """A connected socket whose every operation ends at the deadline, and which receives at most `max_bytes`."""

    def __init__(self, connected: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self.socket, self.deadline, self.bytes_left = connected, deadline, max_bytes

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self.socket.settimeout(self.deadline.remaining())
            self.socket.sendall(data)
        except TimeoutError:
            raise self.deadline.exceeded() from None
        except OSError as error:
            raise FetchFailed(Reason.CONNECTION, str(error)) from error

    def receive(self) -> bytes:
        """Return the next bytes, b"" at the end."""
        try:
            self.socket.settimeout(self.deadline.remaining())
            data = self.socket.recv(READ_BYTES)
        except TimeoutError:
            raise self.deadline.exceeded() from None
        except OSError as error:
            raise FetchFailed(Reason.CONNECTION, str(error)) from error
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise FetchRefused(Reason.TOO_LARGE, "the response with its headers")
        return data

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def connect(
    target: Target, addresses: Sequence[Address], tls_context: ssl.SSLContext, deadline: Deadline, max_bytes: int
) -> Connection:
    """Connect to the first address that responds; with https, check the certificate for the target's host."""
    connected = connect_socket(addresses[:MAX_ATTEMPTS], target.port, deadline)
    if target.scheme == "https":
        connected = start_tls(connected, target.host, tls_context, deadline)
    return Connection(connected, deadline, max_bytes)


def connect_socket(addresses: Sequence[Address], port: int, deadline: Deadline) -> socket.socket:
    """Return a socket connected to the first address that responds, each in its share of the time that is left."""
    failure: OSError = OSError("no address")
    for position, address in enumerate(addresses):
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connecting = socket.socket(family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(deadline.remaining() / (len(addresses) - position))
            # The address itself, not the name: nothing is looked up again.
            connecting.connect((str(address), port))
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connecting.close()
            failure = error
        except BaseException:
            connecting.close()
            raise
        else:
            return connecting
    if isinstance(failure, TimeoutError):
        raise deadline.exceeded() from failure
    raise FetchFailed(Reason.CONNECTION, str(failure)) from failure


def start_tls(connected: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """Return the socket with TLS, for a host named in the server's certificate."""
    try:
        # A limit for the whole handshake.
        connected.settimeout(deadline.remaining())
        return context.wrap_socket(connected, server_hostname=host)
    except TimeoutError:
        connected.close()
        raise deadline.exceeded() from None
    except ssl.SSLCertVerificationError as error:
        connected.close()
        raise FetchFailed(Reason.CERTIFICATE, error.verify_message) from error
    except OSError as error:
        connected.close()
        raise FetchFailed(Reason.CONNECTION, str(error)) from error
    except BaseException:
        connected.close()
        raise
