#!/usr/bin/python3
"""Records captures/local.pcap with its truth: clients of model servers on the machine and its network, and what only looks
like them. Servers and clients are this file's own; what they say is made up. Needs root, iproute2, tcpdump and openssl.

    sudo tests/data/record_local.py FOLDER          writes FOLDER/local.pcap and FOLDER/local.truth.json

Two network namespaces joined by a veth pair: `laptop` (10.76.0.20) and `lab` (10.76.0.80). No packet leaves them. tcpdump
listens on all interfaces of `laptop` (Linux cooked v2), so loopback and the network are in one file, uncut.
"""
import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LAPTOP, LAB = "10.76.0.20", "10.76.0.80"
CLOUD = "api.openai.com"  # a name of the catalogue; the machine that answers to it is `lab`
GAP = 0.06                # between two pieces of an answer


class Handler(http.server.BaseHTTPRequestHandler):
    """One request after the other on a kept connection. Subclasses say what they answer."""
    protocol_version = "HTTP/1.1"
    headers_of_all = {}

    def log_message(self, *_):
        pass

    def version_string(self):
        return self.headers_of_all.get("Server", "made-up/1")

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def whole(self, value, status=200, kind="application/json"):
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        self.fields(kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fields(self, kind):
        self.send_header("Content-Type", kind)
        for name, value in self.headers_of_all.items():
            if name != "Server":
                self.send_header(name, value)

    def stream(self, pieces, kind):
        self.send_response(200)
        self.fields(kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            data = piece.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            time.sleep(GAP)
        self.wfile.write(b"0\r\n\r\n")


class Ollama(Handler):
    def do_GET(self):
        self.whole({"/api/tags": {"models": [{"name": "m"}]}, "/api/version": {"version": "0.12.3"}}.get(self.path, "Ollama is running"))

    def do_POST(self):
        asked = self.body()
        chat = self.path == "/api/chat"
        if self.path == "/api/embed":
            return self.whole({"model": "m", "embeddings": [[0.1] * 64]})
        if not (asked.get("messages") if chat else asked.get("prompt")):
            return self.whole({"model": "m", "created_at": "t", "response": "", "done": True, "done_reason": "load"})
        if asked.get("model") == "missing":
            return self.whole({"error": "model 'missing' not found"}, 404)
        text = {"message": {"role": "assistant", "content": "word "}} if chat else {"response": "word "}
        time.sleep(0.4)
        if asked.get("stream") is False:
            return self.whole({"model": "m", "created_at": "t", **text, "done": True, "done_reason": "stop"})
        return self.stream((json.dumps({"model": "m", "created_at": "t", **text, "done": i == 11}) + "\n" for i in range(12)),
                           "application/x-ndjson")


class OpenAiStyle(Handler):
    marks_whole, marks_event = {}, {}

    def do_GET(self):
        self.whole({"object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self):
        asked = self.body()
        if self.path.endswith("/embeddings"):
            return self.whole({"object": "list", "data": [{"embedding": [0.1] * 64}]})
        time.sleep(0.4)
        if not asked.get("stream"):
            return self.whole({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                               "choices": [{"index": 0, "message": {"role": "assistant", "content": "word " * 40}}], **self.marks_whole})
        event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                 "choices": [{"index": 0, "delta": {"content": "word "}}], **self.marks_event}
        return self.stream([f"data: {json.dumps(event)}\n\n"] * 12 + ["data: [DONE]\n\n"], "text/event-stream")


class LmStudio(OpenAiStyle):
    headers_of_all = {"X-Powered-By": "Express"}
    marks_whole = {"stats": {}}


class LlamaCpp(OpenAiStyle):
    headers_of_all = {"Server": "llama.cpp"}
    marks_whole = {"timings": {"prompt_n": 1}}


class Vllm(OpenAiStyle):
    headers_of_all = {"Server": "uvicorn"}
    marks_whole = {"prompt_logprobs": None, "kv_transfer_params": None}


class LocalAi(OpenAiStyle):
    headers_of_all = {"X-Correlation-ID": "7"}


class Web(Handler):
    """A web server with a chat of its own, on the port of a model server and under its paths."""
    def do_GET(self):
        self.whole("<html>hello</html>", kind="text/html")

    def do_POST(self):
        self.body()
        if self.path.startswith("/v1/"):
            return self.stream([f'data: {{"text": "word {i}"}}\n\n' for i in range(12)], "text/event-stream")
        return self.whole({"reply": "hello", "done": True})


class DevServer(Handler):
    def do_GET(self):
        self.stream((f"data: {{\"type\": \"update\", \"n\": {i}}}\n\n" for i in range(40)), "text/event-stream")


class Gateway(OpenAiStyle):
    """Passes each prompt on to the cloud, and the answer back."""
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        connection = cloud()
        connection.request("POST", "/v1/chat/completions", asked, {"Host": CLOUD, "Content-Type": "application/json"})
        answer = connection.getresponse()
        self.stream_from(answer)
        connection.close()

    def stream_from(self, answer):
        self.send_response(200)
        self.fields("text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while data := answer.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")


class Proxy(socketserver.StreamRequestHandler):
    """CONNECT; whatever the target, it is `lab`."""
    def handle(self):
        while self.rfile.readline().strip():
            pass
        target = socket.create_connection((LAB, 443))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=self.copy, args=(target, self.connection), daemon=True)
        back.start()
        self.copy(self.connection, target)
        back.join()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True


class Server6(Server):
    address_family = socket.AF_INET6


def serve(address, port, handler, context=None):
    server = (Server6 if ":" in address else Server)((address, port), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def laptop_servers(_):
    serve("127.0.0.1", 18434, Ollama)
    serve("127.0.0.1", 11434, Web)
    serve("127.0.0.1", 1234, LmStudio)
    serve("::1", 8080, LlamaCpp)
    serve("127.0.0.1", 4000, Gateway)
    serve("127.0.0.1", 3128, Proxy)
    serve("127.0.0.1", 5173, DevServer)


def lab_servers(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    serve(LAB, 8000, Vllm)
    serve(LAB, 8081, LocalAi)
    serve(LAB, 443, OpenAiStyle, context)


def trusting():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def cloud():
    connection = http.client.HTTPConnection(LAB, 443)
    connection.sock = trusting().wrap_socket(socket.create_connection((LAB, 443)), server_hostname=CLOUD)
    return connection


class Clients:
    def __init__(self):
        self.sessions, self.decoys, self.names = [], [], {}

    def session(self, service, host, via="local", transport="local"):
        self.sessions.append({"service": service, "host": host, "client": "python", "transport": transport, "via": via,
                              "start": round(time.time(), 3), "end": 0.0, "turns": []})
        return self.sessions[-1]

    def decoy(self, host, kind):
        self.decoys.append({"host": host, "kind": kind})

    @staticmethod
    def get(connection, path, headers=None):
        connection.request("GET", path, headers=headers or {})
        connection.getresponse().read()

    @staticmethod
    def post(connection, path, body, headers=None):
        """What is sent in one piece, and [prompt, first, last] of it."""
        prompt = time.time()
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        first = last = None
        while answer.read1(65536):
            last = time.time()
            first = first or last
        answer.read()  # so that the connection can be used again
        return [round(t, 3) for t in (prompt, first, last)]

    @staticmethod
    def post_in_pieces(address, port, path, body):
        """The request split at every few bytes, the connection closed after the answer."""
        data = json.dumps(body).encode()
        text = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data
        with socket.create_connection((address, port)) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            prompt = time.time()
            for at in range(0, len(text), 11):
                plain.sendall(text[at : at + 11])
                time.sleep(0.002)
            first = last = None
            while plain.recv(65536):
                last = time.time()
                first = first or last
        return [round(t, 3) for t in (prompt, first, last)]

    def done(self, session):
        session["end"] = round(time.time(), 3)
        time.sleep(0.3)

    def ollama(self):
        host = "localhost:18434"
        session = self.session("ollama", host)
        kept = http.client.HTTPConnection("127.0.0.1", 18434)
        kept.connect()
        self.get(kept, "/api/version", {"Host": host})
        self.get(kept, "/api/tags", {"Host": host})
        self.post(kept, "/api/generate", {"model": "m", "prompt": ""}, {"Host": host})
        say = {"model": "m", "messages": [{"role": "user", "content": "word " * 30}]}
        for _ in range(3):
            session["turns"].append(self.post(kept, "/api/chat", say, {"Host": host}))
            time.sleep(0.2)
        self.post(kept, "/api/chat", {**say, "model": "missing"}, {"Host": host})
        self.post(kept, "/api/embed", {"model": "m", "input": "word"}, {"Host": host})
        session["turns"].append(self.post(kept, "/api/chat", {**say, "stream": False}, {"Host": host}))
        kept.close()
        session["turns"].append(self.post_in_pieces("127.0.0.1", 18434, "/api/generate", {"model": "m", "prompt": "word " * 30}))
        self.decoy(host, "model lists, a version, a model loaded, an error, embeddings")
        self.done(session)

    def styled(self, service, address, port, host, prefix="/v1", headers=None):
        lan = address == LAB
        session = self.session(service, host, None if lan else "local", "h1" if lan else "local")
        kept = http.client.HTTPConnection(address, port)
        say = {"model": "m", "messages": [{"role": "user", "content": "word " * 60}]}
        self.get(kept, prefix + "/models", headers)
        for stream in (False, True, True):
            session["turns"].append(self.post(kept, prefix + "/chat/completions", {**say, "stream": stream}, headers))
        self.post(kept, prefix + "/embeddings", {"model": "m", "input": "word"}, headers)
        kept.close()
        self.done(session)

    def look_alikes(self):
        web = http.client.HTTPConnection("127.0.0.1", 11434)
        self.get(web, "/")
        say = {"model": "m", "messages": [{"role": "user", "content": "word"}], "stream": True}
        self.post(web, "/api/chat", say)
        self.post(web, "/v1/chat/completions", say)
        web.close()
        self.get(http.client.HTTPConnection("127.0.0.1", 5173), "/hmr")
        self.decoy("127.0.0.1:11434", "a web server with a chat of its own")
        self.decoy("127.0.0.1:5173", "a development server's event stream")

    def gateway(self):
        """The turns are the cloud's; the gateway's own are none."""
        session = self.session("openai-api", CLOUD, "gateway", "h1")
        kept = http.client.HTTPConnection("127.0.0.1", 4000)
        say = {"model": "m", "messages": [{"role": "user", "content": "word " * 60}], "stream": True}
        for _ in range(2):
            session["turns"].append(self.post(kept, "/v1/chat/completions", say))
            time.sleep(1)
        kept.close()
        self.decoy("127.0.0.1:4000", "a gateway to the cloud")
        self.done(session)

    def proxied(self):
        """Seen twice: to the proxy on loopback, and beyond it."""
        time.sleep(4)
        session = self.session("openai-api", CLOUD, "proxy", "proxy")
        plain = socket.create_connection(("127.0.0.1", 3128))
        plain.sendall(f"CONNECT {CLOUD}:443 HTTP/1.1\r\nHost: {CLOUD}:443\r\n\r\n".encode())
        while not plain.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection = http.client.HTTPConnection(CLOUD)
        connection.sock = trusting().wrap_socket(plain, server_hostname=CLOUD)
        say = {"model": "m", "messages": [{"role": "user", "content": "word " * 60}], "stream": True}
        session["turns"].append(self.post(connection, "/v1/chat/completions", say))
        connection.close()
        self.done(session)

    def run(self):
        self.ollama()
        self.styled("lm-studio", "127.0.0.1", 1234, "localhost:1234", headers={"Host": "localhost:1234"})
        self.styled("llama-cpp", "::1", 8080, "[::1]:8080")
        self.styled("vllm", LAB, 8000, "gpu.lab.example", headers={"Host": "gpu.lab.example:8000"})
        self.styled("localai", LAB, 8081, LAB)
        self.look_alikes()
        self.gateway()
        self.proxied()
        self.names = {"gpu.lab.example": "vllm", CLOUD: "openai-api"}


def one_a_line(truth):
    parts = []
    for key, value in truth.items():
        body = ",\n  ".join(map(json.dumps, value)) if isinstance(value, list) and value else None
        parts.append(f" {json.dumps(key)}: [\n  {body}\n ]" if body else f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def part(role, folder):
    if role == "clients":
        clients, start = Clients(), time.time()
        clients.run()
        truth = {"scenario": "local", "seed": 0, "start": round(start, 3), "end": round(time.time(), 3), "sessions": clients.sessions,
                 "uploads": [], "decoys": clients.decoys, "contact_only": [], "names": clients.names}
        (folder / "local.truth.json").write_text(one_a_line(truth), encoding="utf-8")
        return
    {"laptop": laptop_servers, "lab": lab_servers}[role](folder)
    print("ready", flush=True)
    signal.pause()


def record(folder):
    run = lambda *words: subprocess.run(words, check=True, capture_output=True)
    spaces = {role: f"gnomon-record-{os.getpid()}-{role}" for role in ("laptop", "lab")}
    started = []
    with tempfile.TemporaryDirectory() as scratch:
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={CLOUD}", "-keyout", f"{scratch}/key.pem", "-out", f"{scratch}/cert.pem")
        try:
            for role in spaces:
                run("ip", "netns", "add", spaces[role])
            run("ip", "link", "add", "name", "eth0", "netns", spaces["laptop"], "type", "veth", "peer", "name", "eth0", "netns", spaces["lab"])
            for role, address in (("laptop", LAPTOP), ("lab", LAB)):
                run("ip", "-n", spaces[role], "addr", "add", f"{address}/24", "dev", "eth0")
                for device in ("lo", "eth0"):
                    run("ip", "-n", spaces[role], "link", "set", device, "up")
            for role in spaces:
                started.append(subprocess.Popen(["ip", "netns", "exec", spaces[role], sys.executable, __file__, role, scratch],
                                                stdout=subprocess.PIPE, text=True))
                assert started[-1].stdout.readline() == "ready\n"
            capture = subprocess.Popen(["ip", "netns", "exec", spaces["laptop"], "tcpdump", "-i", "any", "-y", "LINUX_SLL2", "-U", "-Z", "root",
                                        "-w", str(folder / "local.pcap"), "tcp"], stderr=subprocess.PIPE, text=True)
            started.append(capture)
            while "listening on" not in capture.stderr.readline():
                pass
            subprocess.run(["ip", "netns", "exec", spaces["laptop"], sys.executable, __file__, "clients", scratch], check=True)
            time.sleep(1)
            capture.send_signal(signal.SIGINT)
            capture.wait()
            (folder / "local.truth.json").write_bytes(Path(scratch, "local.truth.json").read_bytes())
        finally:
            for process in started:
                process.kill()
                process.wait()
            for space in spaces.values():
                subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        part(sys.argv[1], Path(sys.argv[2]))
    else:
        record(Path(sys.argv[1]))
