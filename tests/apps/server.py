# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server on a free port of the loopback that behaves well or badly, as told.

server.script[path] is a list of behaviours, one for each request of the path, the last one for all
further ones; a behaviour is a function of the request's handler."""
import http.server
import re
import ssl
import threading

PIECE = 1 << 14


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        with server.lock:
            server.log.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
            script = server.script.get(self.path, [status(404)])
            behave = script.pop(0) if len(script) > 1 else script[0]
        try:
            behave(self)
        except OSError:
            pass  # the client has gone

    def log_message(self, *_):
        pass

    def begin(self, code, length=None, **headers):
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, body):
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at:at + PIECE])
            self.wfile.flush()

    def wait_for_client(self):
        """Until the client closes the connection."""
        self.connection.recv(1)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None):
        """With a certificate (a file with its key, too) it speaks https."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.script, self.log = threading.Lock(), {}, []
        self.base = "http%s://127.0.0.1:%d/" % ("s" if certificate else "", self.server_address[1])
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def stop(self):
        self.shutdown()
        self.server_close()


def start_of(handler, etag):
    """The first byte that is asked for; 0 when the edition is another one."""
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
    edition = handler.headers.get("If-Range")
    return int(match.group(1)) if match and edition in (None, etag) else 0


def good(body, etag='"1"', upto=None):
    """Ranges as the standard has them; with `upto`, the connection ends before that byte."""
    def behave(handler):
        start, headers = start_of(handler, etag), {"ETag": etag} if etag else {}
        if start > 0 and start >= len(body):
            return handler.begin(416, 0, Content_Range=f"bytes */{len(body)}")
        if start > 0:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        handler.begin(206 if start else 200, len(body) - start, **headers)
        return handler.send(body[start:upto])
    return behave


def plain(body, etag='"1"'):
    """A server that knows nothing of ranges."""
    def behave(handler):
        handler.begin(200, len(body), ETag=etag)
        handler.send(body)
    return behave


def unmeasured(body):
    """No length: the end of the connection is that of the file."""
    def behave(handler):
        handler.begin(200)
        handler.send(body)
    return behave


def claims(length, body):
    def behave(handler):
        handler.begin(200, length)
        handler.send(body)
    return behave


def stalls(body, at, reached=None, go_on=None):
    """Half a file, then silence: until `go_on` is set, or else until the client has enough."""
    def behave(handler):
        handler.begin(200, len(body), ETag='"1"')
        handler.send(body[:at])
        if reached:
            reached.set()
        if go_on:
            go_on.wait(60)
            handler.send(body[at:])
        else:
            handler.wait_for_client()
    return behave


def silent(handler):
    handler.wait_for_client()


def hangs_up(handler):
    handler.close_connection = True


def endless(handler):
    handler.begin(200)
    while True:
        handler.wfile.write(b"x" * PIECE)


def wrong_range(body):
    """An answer of another part than the one that was asked for."""
    def behave(handler):
        if not handler.headers.get("Range"):
            return good(body)(handler)
        handler.begin(206, len(body), Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")
        return handler.send(body)
    return behave


def status(code):
    def behave(handler):
        handler.begin(code, 4)
        handler.send(b"oops")
    return behave


def redirect(to, code=302):
    return lambda handler: handler.begin(code, 0, Location=to)
