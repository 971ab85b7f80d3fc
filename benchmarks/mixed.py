"""live.py --mixed: downloads, uploads and datagrams as fast as the machine goes, and many short TLS connections, with
1 % of the bytes to catalogue services. Compares CPU time with tcpdump's, which gets the same packets without a
filter, and the names found with those of a capture that holds every packet of the hosts that have one.
"""
import json
import pathlib
import signal
import subprocess
import sys

from live import LAPTOP, SERVER, cpu_seconds, resident_kib, run

TRAFFIC = pathlib.Path(__file__).with_name("mixed_traffic.py")
SHARE = 0.01


def role(bench, which, name, **arguments):
    process = bench.start(which, sys.executable, "-B", str(TRAFFIC), name, json.dumps(arguments),
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if name in ("dns", "tls", "bulk", "connections"):
        assert process.stdout.readline() == "ready\n", f"{name} did not start"
    return process


def until(lines, word):
    for line in lines:
        if word in line:
            return
    raise RuntimeError(f"ended before it wrote {word!r}")


def listen(bench, *command):
    process = bench.start("a", *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(process.stderr, "istening")
    return process


def names_of(lines):
    """The names, and the last line: coverage."""
    events = [json.loads(line) for line in lines]
    return {event["name"] for event in events if event["type"] == "name"}, events[-1]


def servers(bench):
    certificate, key = bench.certificate()
    for net in (1, 2):
        for host in range(1, 9):
            run("ip", "-n", f"{bench.tag}b", "addr", "add", f"10.123.{net}.{host}/32", "dev", "lo")
    run("ip", "-n", f"{bench.tag}b", "route", "add", "default", "via", LAPTOP)
    role(bench, "b", "dns")
    role(bench, "b", "tls", certificate=str(certificate), key=str(key))
    role(bench, "b", "bulk")


def measure(bench, agent):
    servers(bench)
    program, capture = str(bench.bin / "gnomon-agent"), bench.work / "names.pcap"
    listen(bench, "tcpdump", "-i", "eth0", "-n", "-B", "65536", "-s", "2304", "-w", str(capture),
           "port 53 or net 10.123.1.0/24 or net 10.123.2.0/24")
    reference = bench.processes[-1]
    shower = listen(bench, program, "inspect", "-i", "eth0", "--all-names", "--format", "jsonl")
    shown = bench.work / "shown.jsonl"
    with shown.open("w") as out:
        copier = subprocess.Popen(["cat"], stdin=shower.stdout, stdout=out)
    unfiltered = listen(bench, "tcpdump", "-i", "eth0", "-n", "-w", "/dev/null")
    watched = {"agent": agent, "inspect": shower, "tcpdump": unfiltered}
    client = role(bench, "a", "connections", seconds=bench.arguments.mixed, each_second=bench.arguments.connections,
                  share=SHARE, seed=1)
    for name in ("download", "upload", "datagrams"):
        role(bench, "a", name)
    before = {name: cpu_seconds(process.pid) for name, process in watched.items()}
    client.stdin.write("go\n")
    client.stdin.flush()
    done = json.loads(client.stdout.readline())
    cpu = {name: cpu_seconds(process.pid) - before[name] for name, process in watched.items()}
    memory = {name: resident_kib(process.pid) / 1024 for name, process in watched.items()}
    seconds = done["seconds"]
    print(f"mixed     {seconds:.0f} s, {8 * done['bytes'] / seconds / 1e9:.2f} Gbit/s, "
          f"{100 * done['of_services'] / done['bytes']:.2f} % of it to catalogue services, "
          f"{len(done['names']) / seconds:.0f} TLS connections a second, {done['failed']} failed")
    for name in watched:
        print(f"          {name:8} {memory[name]:6.1f} MiB resident, {cpu[name]:7.3f} s CPU "
              f"= {100 * cpu[name] / seconds:6.2f} % of a core, {100 * cpu[name] / cpu['tcpdump']:6.2f} % of tcpdump's")

    for process in (shower, reference, unfiltered):
        process.send_signal(signal.SIGINT)
    shower.wait(60)
    copier.wait(60)
    found, coverage = names_of(shown.read_text().splitlines())
    print("          agent's filter:", json.dumps(coverage["filter"]), json.dumps(coverage["capture"]))
    for process, name in ((unfiltered, "tcpdump"), (reference, "reference")):
        process.wait(60)
        print(f"          {name}: " + ", ".join(line.strip() for line in process.stderr.read().splitlines() if "packets" in line))
    offline = run(program, "inspect", "-r", str(capture), "--all-names", "--format", "jsonl").splitlines()
    expected, full = names_of(offline)
    print(f"names     {len(done['names'])} connected to, {len(found)} found live, {len(expected)} in the full capture, "
          f"{len(expected - found)} lost, {len(set(done['names']) - found)} of the client's not found")
    for key in ("flows", "named", "mid_stream", "not_tls", "hello_incomplete"):
        print(f"          coverage.{key:17} live {coverage['coverage'][key]}, full capture {full['coverage'][key]}")
    agent.terminate()
    agent.wait(60)
    for line in agent.stderr.read().splitlines():
        if "stopping" in line:
            print("          agent:  ", line.split("stopping ", 1)[1])
