#!/usr/bin/python3
"""Reduces a recorder's account of what its clients really did to what tests compare with.

    tests/data/reduce_truth.py FULL.json > captures/NAME.truth.json

Kept (times in unix seconds, the capture's clock):
    sessions      service, host, client, transport, via, start, end, turns as [prompt, first token, last token]
    uploads       service, host, bytes, start, end
    decoys        host, kind: traffic that must not be counted as use of an AI service
    contact_only  service, host: an AI service without a turn, for example a list of models
    names         the hosts that were contacted and the service behind each, or null
"""
import json
import sys


def reduce(full):
    sessions = [{"service": s["service"], "host": s["host"], "client": s["client"], "transport": s["transport"],
                 "via": s.get("via"), "start": s["start"], "end": s["end"],
                 "turns": [[t["t_prompt"], t["t_first_token"], t["t_last_token"]] for t in s["turns"]]}
                for s in full["sessions"]]
    uploads = [{"service": u["service"], "host": u["host"], "bytes": u["bytes"], "start": u["t_start"],
                "end": u["t_end"]} for u in full["uploads"]]
    decoys = sorted({(d.get("host") or "", d["kind"]) for d in full["decoys"]})
    contacts = sorted({(c["service"], c["host"]) for c in full["contact_only"]})
    return {"scenario": full["scenario"], "seed": int(full["seed"]), "start": full["start"], "end": full["end"],
            "sessions": sessions, "uploads": uploads,
            "decoys": [{"host": host, "kind": kind} for host, kind in decoys],
            "contact_only": [{"service": service, "host": host} for service, host in contacts],
            "names": {name: about["service"] for name, about in sorted(full["names"].items())}}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        truth = reduce(json.load(file))
    # One item a line: short, and a change shows where it is.
    parts = []
    for key, value in truth.items():
        if isinstance(value, list) and value:
            body = ",\n  ".join(json.dumps(item) for item in value)
            parts.append(f" {json.dumps(key)}: [\n  {body}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    print("{\n" + ",\n".join(parts) + "\n}")


if __name__ == "__main__":
    main()
