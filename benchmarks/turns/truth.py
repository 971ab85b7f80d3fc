"""What really happened in a capture, from a recorder's truth.json or its reduced form.

The full form has a turn as a mapping (t_prompt, t_first_token, t_last_token, streamed, ...), the reduced one
(tests/data/reduce_truth.py) as [prompt, first token, last token]; times are unix seconds of the capture's clock.
"""
import json
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = ("sdk", "curl", "python", "gtlsclient")
NEAR_SESSION_S = 10.0


@dataclass
class TrueTurn:
    service: str
    time: float  # the prompt left
    group: str
    about: str = ""


@dataclass
class Session:
    service: str
    start: float
    end: float
    group: str
    turns: int


@dataclass
class TrueUpload:
    service: str
    host: str
    bytes: int
    start: float
    end: float


def group_of(session):
    """h1, h2, h3, ws of browsers; sdk: programs; proxy: whoever goes through one; local."""
    if session["transport"] == "local":
        return "local"
    if session.get("via"):
        return "proxy"
    return "sdk" if session["client"].startswith(PROGRAMS) else session["transport"]


@dataclass
class Truth:
    turns: list = field(default_factory=list)
    sessions: list = field(default_factory=list)
    uploads: list = field(default_factory=list)
    services: dict = field(default_factory=dict)  # host -> service

    @classmethod
    def read(cls, path):
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
        truth = cls()
        for host, about in raw["names"].items():
            truth.services[host] = about["service"] if isinstance(about, dict) else about
        for session in raw["sessions"]:
            truth.services[session["host"]] = session["service"]
            group = group_of(session)
            truth.sessions.append(Session(session["service"], session["start"], session["end"], group, len(session["turns"])))
            for turn in session["turns"]:
                full = isinstance(turn, dict)
                about = f"{session['client']} {session['host']}"
                if full:
                    about += "" if turn.get("streamed", True) else " not streamed"
                truth.turns.append(TrueTurn(session["service"], turn["t_prompt"] if full else turn[0], group, about))
        for upload in raw["uploads"]:
            truth.uploads.append(TrueUpload(upload["service"], upload["host"], upload["bytes"],
                                            upload.get("t_start", upload.get("start")), upload.get("t_end", upload.get("end"))))
        return truth

    def service_of(self, host, reported):
        """The truth's own name of a reported service; the catalogue may call it otherwise."""
        return self.services.get(host) or reported

    def group_at(self, service, time):
        """The group that a false turn belongs to: that of a session of the service at that time."""
        for session in self.sessions:
            if session.service == service and session.start - NEAR_SESSION_S <= time <= session.end + NEAR_SESSION_S:
                return session.group
        return "no session"
