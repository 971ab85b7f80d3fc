#!/usr/bin/python3
"""A model server in clear: answers each POST with JSON lines, a piece at a time, as Ollama does.

    model_server.py ADDRESS PORT

Writes "ready" once it listens.
"""
import http.server
import json
import sys
import time

PIECES, PIECE_S = 6, 0.1


class Model(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(PIECES):
            line = json.dumps({"model": "m", "created_at": "t", "response": "gnomonsecret", "done": number == PIECES - 1}).encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(PIECE_S)
        self.wfile.write(b"0\r\n\r\n")


server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Model)
print("ready", flush=True)
server.serve_forever()
