"""A target on loopback that serves prepared answers: whole, or cut at random into the chunks of HTTP.

The model that is asked for says which, and how it is to be cut: `chat--17--4--node` is the answer 17, cut as the
seed 4 says, where 0 is at once; by `chat` a gateway in between finds its target. Chunks reach a client one by one.
"""

import json
import random
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Prepared:
    body: bytes
    status: int = 200
    stream: bool = False
    headers: dict = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.body())
        # Google's format has the model in the path.
        _, number, seed, _ = (body.get("model") or re.search(r"/models/(.*?):", self.path)[1]).split("--")
        prepared, seed = self.server.answers[int(number)], int(seed)
        self.server.heard[int(number)] = body
        self.send_response(prepared.status)
        self.send_header("content-type", "text/event-stream" if prepared.stream else "application/json")
        for name, value in prepared.headers.items():
            self.send_header(name, value)
        if seed:
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in cut(prepared.body, seed):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("content-length", str(len(prepared.body)))
            self.end_headers()
            self.wfile.write(prepared.body)

    def body(self):
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_):
        pass


def cut(body, seed):
    """Between every few bytes or few hundred: both kinds in one body, so that cuts fall within characters too."""
    random_ = random.Random(seed)
    at = 0
    while at < len(body):
        size = random_.choice((random_.randint(1, 9), random_.randint(20, 900)))
        yield body[at : at + size]
        at += size


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """A client that gives up in the middle is no fault of this server."""


class Server:
    """Serves a list of prepared answers until closed."""

    def __init__(self, answers):
        self.http = Listener(("127.0.0.1", 0), Handler)
        self.http.answers, self.http.heard = answers, {}
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def heard(self):
        """What was asked last for each answer."""
        return self.http.heard

    @property
    def base(self):
        return f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
