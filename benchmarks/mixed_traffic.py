#!/usr/bin/python3
"""The two ends of mixed.py's traffic, one process a role; each runs until its standard input closes.

    mixed_traffic.py ROLE [ARGUMENTS as JSON]

Servers: `dns`, `tls`, `bulk`. Clients: `download`, `upload`, `datagrams`, `connections`; the last prints what it did.
"""
import itertools
import json
import os
import random
import select
import socket
import ssl
import struct
import sys
import threading
import time

BULK, SERVICES, OTHERS = "10.123.0.1", "10.123.1.", "10.123.2."
DOWNLOAD_PORT, UPLOAD_PORT, DATAGRAM_PORT = 8443, 8444, 8445
CATALOGUE = ("chatgpt.com", "claude.ai", "www.perplexity.ai", "chat.deepseek.com", "api.openai.com")
# Application data of TLS (RFC 8446 section 5.2), over and over; a QUIC short header (RFC 9000 section 17.3).
RECORDS = (b"\x17\x03\x03\x40\x00" + os.urandom(16384)) * 16
SHORT_HEADER = b"\x43" + os.urandom(1199)


def ready():
    print("ready", flush=True)


def until_closed(work):
    """Runs work() in a thread until standard input ends; then the process ends with whatever it does."""
    threading.Thread(target=work, daemon=True).start()
    sys.stdin.read()


def address_of(name):
    net = SERVICES if name.endswith(CATALOGUE) else OTHERS
    return net + str(1 + sum(name.rsplit(".", 2)[-2].encode()) % 8)


def dns():
    """A records for any name (RFC 1035 section 4.1)."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((BULK, 53))
    ready()

    def work():
        while True:
            question, peer = server.recvfrom(512)
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1:at + 1 + question[at]].decode())
                at += 1 + question[at]
            answer = struct.pack(">HHHLH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address_of(".".join(labels)))
            server.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:at + 5] + answer, peer)
    until_closed(work)


def tls(certificate, key):
    """Sends as many bytes as the first line asks for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("0.0.0.0", 443), backlog=1024)
    ready()

    def serve(peer):
        try:
            with context.wrap_socket(peer, server_side=True) as stream:
                left = int(stream.recv(64).split()[0])
                while left > 0:
                    left -= stream.send(RECORDS[:min(left, len(RECORDS))])
        except OSError:
            pass

    def work():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    until_closed(work)


def bulk():
    """Endless downloads and uploads, and datagrams to whoever sends one."""
    down, up = (socket.create_server((BULK, port)) for port in (DOWNLOAD_PORT, UPLOAD_PORT))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((BULK, DATAGRAM_PORT))
    ready()

    def each(listener, serve):
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    def send(peer):
        try:
            while True:
                peer.sendall(RECORDS)
        except ConnectionError:
            pass  # the client has ended

    def receive(peer):
        buffer = bytearray(1 << 20)
        while peer.recv_into(buffer):
            pass

    def answer():
        peer = datagrams.recvfrom(2048)[1]
        while True:
            datagrams.sendto(SHORT_HEADER, peer)
            if select.select([datagrams], [], [], 0)[0]:
                datagrams.recv(2048)
    threading.Thread(target=each, args=(down, send), daemon=True).start()
    threading.Thread(target=each, args=(up, receive), daemon=True).start()
    until_closed(answer)


def download():
    peer = socket.create_connection((BULK, DOWNLOAD_PORT))
    buffer = bytearray(1 << 20)

    def work():
        while peer.recv_into(buffer):
            pass
    until_closed(work)


def upload():
    peer = socket.create_connection((BULK, UPLOAD_PORT))

    def work():
        while True:
            peer.sendall(RECORDS)
    until_closed(work)


def datagrams():
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.connect((BULK, DATAGRAM_PORT))

    def work():
        for count in itertools.count():
            if count % 16 == 0:
                peer.send(SHORT_HEADER)
            peer.recv(2048)
    until_closed(work)


def received_bytes():
    with open("/proc/net/dev", encoding="ascii") as table:
        fields = next(line for line in table if "eth0:" in line).split(":")[1].split()
    return int(fields[0]) + int(fields[8])


def connections(seconds, each_second, share, seed):
    """New TLS connections, each under a name of its own, half of them after a look-up; some to catalogue services,
    which get `share` of all bytes on the interface. Prints the names as JSON."""
    every = round(1 / share)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    chance, names, failed, of_services = random.Random(seed), [], 0, 0
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.connect((BULK, 53))
    resolver.settimeout(5)
    ready()
    sys.stdin.readline()
    before, began = received_bytes(), time.monotonic()
    for count in itertools.count():
        due = began + count / each_second
        if due > began + seconds:
            break
        time.sleep(max(0, due - time.monotonic()))  # the rate that was asked for
        service = count % every == 0
        name = f"n{count}." + (chance.choice(CATALOGUE) if service else f"site{count % 97}.example")
        size = 2000
        if service:
            size = max(2000, int(share * (received_bytes() - before)) - of_services)
            of_services += size
        try:
            labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
            # Half of the names are known from an earlier look-up, or were asked for in secret.
            if count % 2 == 0:
                resolver.send(struct.pack(">HHHHHH", count & 0xFFFF, 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1")
                resolver.recv(512)
            with socket.create_connection((address_of(name), 443), timeout=20) as raw:
                with context.wrap_socket(raw, server_hostname=name) as stream:
                    stream.send(b"%d\n" % size)
                    buffer, left = bytearray(1 << 18), size
                    while left > 0 and (got := stream.recv_into(buffer)):
                        left -= got
            names.append(name)
        except OSError:
            failed += 1
    took = time.monotonic() - began
    print(json.dumps({"names": names, "failed": failed, "bytes": received_bytes() - before,
                      "of_services": of_services, "seconds": took}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    globals()[sys.argv[1]](**json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))
