# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server on loopback that says what it is told to, and keeps what it was asked."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebServer:
    """`pages` maps (host, path) to (status, content type, body); everything else is 404."""

    def __init__(self, context):
        self.pages = {}
        self.asked = []
        self.posted = []
        self.headers = {}
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer()

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                web.posted.append((self.headers["Content-Type"], self.rfile.read(length)))
                self._answer()

            def _answer(self):
                key = (self.headers["Host"], self.path)
                web.asked.append(key)
                status, kind, body = web.pages.get(key, (404, "text/plain", b"no"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in web.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Clients that do not trust us are part of the test."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self):
        return self._server.server_address[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
