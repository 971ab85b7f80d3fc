#!/usr/bin/python3
"""What the agent costs a laptop: idle, beside a gRPC client that does nothing; under a download or under mixed
traffic, beside tcpdump on the same traffic.

Makes two network namespaces joined by a veth pair, enrols a real agent there, and reads memory and CPU
time from /proc. Nothing leaves the namespaces. Needs root, ip, tcpdump.

    benchmarks/live.py --bin build/release/bin [--gigabytes 1] [--idle-seconds 20]
    benchmarks/live.py --bin build/release/bin --mixed 60     bulk, and 1 % of it to catalogue services: mixed.py
"""
import argparse
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

LAPTOP, SERVER = "10.123.0.2", "10.123.0.1"


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def cpu_seconds(pid):
    """Of all threads, user and system, to the nanosecond; clock ticks would round an idle process to nothing."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


SERVE = """
import os, socket, sys
size = int(sys.argv[1])
listener = socket.create_server(("10.123.0.1", 8080))
print("ready", flush=True)
blob = bytearray(os.urandom(1 << 20))
while True:
    peer, _ = listener.accept()
    peer.recv(65536)
    left = size
    while left > 0:
        left -= peer.send(memoryview(blob)[:min(left, len(blob))])
    peer.close()
"""

FETCH = """
import socket, sys
peer = socket.create_connection(("10.123.0.1", 8080))
peer.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
total, buffer = 0, bytearray(1 << 20)
while True:
    got = peer.recv_into(buffer)
    if not got: break
    total += got
print(total)
"""


class Bench:
    def __init__(self, arguments):
        self.bin = pathlib.Path(arguments.bin).resolve()
        self.arguments = arguments
        self.tag = f"gn{os.getpid()}"
        self.processes = []
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="gnomon-bench-"))

    def inside(self, which):
        return ["ip", "netns", "exec", f"{self.tag}{which}"]

    def start(self, which, *command, **more):
        process = subprocess.Popen([*self.inside(which), *command], **more)
        self.processes.append(process)
        return process

    def up(self):
        a, b = f"{self.tag}a", f"{self.tag}b"
        for name in (a, b):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "link", "add", "eth0", "netns", a, "type", "veth", "peer", "name", "eth0", "netns", b)
        for name, address in ((a, LAPTOP), (b, SERVER)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", a, "route", "add", "default", "via", SERVER)

    def down(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
        for which in "ab":
            subprocess.run(["ip", "netns", "del", f"{self.tag}{which}"], capture_output=True)
        shutil.rmtree(self.work, ignore_errors=True)

    def enrolled_agent(self):
        data, state = self.work / "collector", self.work / "agent"
        run(str(self.bin / "gnomon-collector"), "init", "--data", str(data), "--listen", "127.0.0.1:7443")
        collector = self.start("a", str(self.bin / "gnomon-collector"), "run", "--data", str(data),
                               stderr=subprocess.PIPE, text=True)
        for line in collector.stderr:
            if "listening" in line:
                break
        token = run(*self.inside("a"), str(self.bin / "gnomon"), "--credential",
                    str(data / "admin.credential"), "tokens", "create", "--department", "bench",
                    "--uses", "1", "--expires", "1h").strip()
        run(*self.inside("a"), str(self.bin / "gnomon-agent"), "enroll", "--state", str(state),
            "--collector", "127.0.0.1:7443", "--token", token)
        agent = self.start("a", str(self.bin / "gnomon-agent"), "run", "--state", str(state),
                           stderr=subprocess.PIPE, text=True)
        for line in agent.stderr:
            if "running" in line:
                break
        # `ip netns exec` becomes the program itself, so the process id is the agent's.
        return agent

    def measure(self):
        agent = self.enrolled_agent()
        if self.arguments.idle_seconds > 0:
            self.idle(agent)
        if self.arguments.mixed > 0:
            import mixed  # beside this file
            mixed.measure(self, agent)
        else:
            self.download(agent)

    def certificate(self):
        certificate, key = self.work / "cert.pem", self.work / "key.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate))
        return certificate, key

    def idle(self, agent):
        seconds = self.arguments.idle_seconds
        processes = {"agent": agent.pid}
        client = self.bin.parent / "bench/idle_grpc_client"
        if client.exists():
            certificate, key = self.certificate()
            for mode, files in (("serve", (certificate, key)), ("connect", (certificate,))):
                nothing = self.start("a", str(client), mode, "127.0.0.1:7444", *map(str, files), stdout=subprocess.PIPE, text=True)
                nothing.stdout.readline()
            processes["gRPC client"] = nothing.pid
        before = {name: cpu_seconds(pid) for name, pid in processes.items()}
        time.sleep(seconds)  # the measurement itself: idle time, not a wait for something
        for name, pid in processes.items():
            cpu = cpu_seconds(pid) - before[name]
            print(f"idle      {name:11} {resident_kib(pid) / 1024:6.1f} MiB resident, "
                  f"{cpu:.4f} s CPU in {seconds} s = {100 * cpu / seconds:.4f} % of a core")

    def download(self, agent):
        size = int(self.arguments.gigabytes * 1e9)
        server = self.start("b", sys.executable, "-c", SERVE, str(size), stdout=subprocess.PIPE, text=True)
        server.stdout.readline()
        tcpdump = self.start("a", "tcpdump", "-i", "eth0", "-n", "-w", "/dev/null",
                             stderr=subprocess.PIPE, text=True)
        for line in tcpdump.stderr:
            if "listening" in line:
                break
        before_agent, before_tcpdump = cpu_seconds(agent.pid), cpu_seconds(tcpdump.pid)
        began = time.monotonic()
        fetched = int(run(*self.inside("a"), sys.executable, "-c", FETCH))
        took = time.monotonic() - began
        agent_cpu = cpu_seconds(agent.pid) - before_agent
        tcpdump_cpu = cpu_seconds(tcpdump.pid) - before_tcpdump
        rss_agent, rss_tcpdump = resident_kib(agent.pid), resident_kib(tcpdump.pid)
        print(f"download  {fetched / 1e9:.1f} GB in {took:.1f} s")
        print(f"          agent   {rss_agent / 1024:6.1f} MiB resident, {agent_cpu:.2f} s CPU")
        print(f"          tcpdump {rss_tcpdump / 1024:6.1f} MiB resident, {tcpdump_cpu:.2f} s CPU")
        if tcpdump_cpu > 0:
            print(f"          agent / tcpdump CPU = {agent_cpu / tcpdump_cpu:.2f}")
        tcpdump.terminate()
        for line in tcpdump.stderr.read().splitlines():
            print("          tcpdump:", line)
        agent.terminate()
        agent.wait(30)
        for line in agent.stderr.read().splitlines():
            if "stopping" in line:
                print("          agent:  ", line.split("stopping ", 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--idle-seconds", type=int, default=20)
    parser.add_argument("--mixed", type=int, default=0, metavar="SECONDS", help="mixed traffic for so long")
    parser.add_argument("--connections", type=int, default=40, help="mixed: new connections a second")
    bench = Bench(parser.parse_args())
    try:
        bench.up()
        bench.measure()
    finally:
        bench.down()


if __name__ == "__main__":
    main()
