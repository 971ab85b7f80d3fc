#!/usr/bin/python3
"""A TLS server that answers each POST as a chat service does: a pause, then small pieces over some seconds.

    streaming_server.py ADDRESS PORT CERTIFICATE KEY

Writes "ready" once it listens. The pauses are the traffic that the agent is to recognise.
"""
import socket
import ssl
import sys
import threading
import time

FIRST_TOKEN_S, TOKEN_S, TOKENS = 0.4, 0.08, 45  # 3.6 s of answer, 12 pieces a second
TOKEN = b'data: {"choices":[{"delta":{"content":"shadow "}}]}\n\n'


def read_request(stream):
    head = b""
    while b"\r\n\r\n" not in head:
        data = stream.recv(65536)
        if not data:
            return False
        head += data
    head, _, body = head.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += stream.recv(65536)
    return True


def serve(connection, context):
    with context.wrap_socket(connection, server_side=True) as stream:
        if not read_request(stream):
            return
        stream.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        time.sleep(FIRST_TOKEN_S)
        for _ in range(TOKENS):
            stream.sendall(TOKEN)
            time.sleep(TOKEN_S)


def guarded(connection, context):
    try:
        serve(connection, context)
    except OSError:
        connection.close()  # the client left


def main():
    address, port, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, int(port)), family=family) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=guarded, args=(connection, context), daemon=True).start()


if __name__ == "__main__":
    main()
