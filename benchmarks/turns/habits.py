"""What services, pages and programs send: sizes and times drawn from the figures of docs/turns.md.

A figure that was measured says so. What no measurement covers is drawn widely, so that no detector can be fitted to it.
"""
from dataclasses import dataclass

SECOND_PACKET = 0.0002


@dataclass(frozen=True)
class Service:
    name: str
    host: str
    prompt: tuple  # bytes on the wire, from and to
    files: str = ""
    pause: float = 2.0  # 95th percentile of the longest pause in an answer; 0.5-5.4 s measured over providers


# Prompt sizes measured in browsers in late 2025. The last two send the text alone (not measured).
CHATGPT = Service("chatgpt", "chatgpt.com", (13_500, 15_500), "files.oaiusercontent.com", 1.5)
CLAUDE = Service("claude", "claude.ai", (3_000, 9_000), "", 2.5)
GEMINI = Service("gemini", "gemini.google.com", (19_000, 60_000), "", 4.0)
DEEPSEEK = Service("deepseek", "chat.deepseek.com", (1_200, 5_000), "", 5.4)
MISTRAL = Service("mistral", "chat.mistral.ai", (1_200, 5_000), "", 1.0)
COPILOT = Service("copilot", "copilot.microsoft.com", (250, 1_400), "", 1.0)
WEB = (CHATGPT, CLAUDE, GEMINI, DEEPSEEK, MISTRAL)
OPENAI = Service("openai-api", "api.openai.com", (600, 20_000), "", 0.5)
ANTHROPIC = Service("anthropic-api", "api.anthropic.com", (600, 20_000), "", 1.5)
MISTRAL_API = Service("mistral-api", "api.mistral.ai", (600, 20_000), "", 1.0)
APIS = (OPENAI, ANTHROPIC, MISTRAL_API)


def log_uniform(rng, low, high):
    return low * (high / low) ** rng.random()


def stream(connection, rng, first, length, pause_p95, rate=None):
    """Small packets from `first` on for about `length` seconds; returns the time of the last one."""
    rate = rate or log_uniform(rng, 4, 80)  # packets a second, measured
    size = min(600.0, log_uniform(rng, 50, 53_000 / rate))
    pause_at = rng.uniform(0.2, 0.8) * length
    # One answer in three has a pause worth the name; one in twenty is as long as measured or longer.
    pause = pause_p95 * rng.uniform(0.2, 1.15) if rng.random() < 0.33 else 0.0
    time, elapsed, last = first, 0.0, first
    while elapsed < length:
        connection.down(time, max(42, int(rng.uniform(0.6, 1.4) * size)))
        last, step = time, rng.expovariate(rate)
        if pause and elapsed + step > pause_at:
            step, pause = step + pause, 0.0
        elapsed, time = elapsed + step, time + step
    return last


def think(rng, hard=0.08):
    """Silence between prompt and answer; some models think for up to 40 s."""
    return rng.uniform(8, 40) if rng.random() < hard else log_uniform(rng, 0.3, 4)


def page_load(connection, rng, at):
    """1.4-3 MB per half second with requests in between (measured); returns when it is over."""
    total, length = rng.uniform(0.7e6, 3e6), rng.uniform(0.3, 0.9)
    parts = rng.randint(6, 20)
    for i in range(parts):
        time = at + length * i / parts
        connection.up(time, rng.randint(150, 900))
        connection.down(time + connection.round_trip, int(total / parts))
    return at + length + connection.round_trip


def beacon(connection, rng, at):
    """A burst of 1-4 kB (measured) and its short answer."""
    connection.up(at, rng.randint(1_000, 4_000))
    for i in range(rng.randint(1, 3)):
        connection.down(at + connection.round_trip + 0.004 * i, rng.randint(45, 350))


def autosave(connection, rng, at):
    connection.up(at, rng.randint(250, 900))
    connection.down(at + connection.round_trip, rng.randint(60, 400))


def keep_alives(connection, begin, end):
    """35-39 B every 5 s (measured), both ways."""
    time = begin + 5
    while time < end:
        connection.up(time, 35)
        connection.down(time + connection.round_trip, 39)
        time += 5


def request_list(connection, rng, at):
    """A list of models: over at once."""
    connection.up(at, rng.randint(90, 480))
    connection.down(at + connection.round_trip + rng.uniform(0.02, 0.2), rng.randint(2_000, 30_000))
    return at + connection.round_trip + 0.3


def embeddings(connection, rng, at):
    connection.up(at, int(log_uniform(rng, 500, 8_000)))
    connection.down(at + connection.round_trip + rng.uniform(0.05, 0.4), rng.randint(8_000, 60_000))
    return at + connection.round_trip + 0.6


def upload(connection, rng, at):
    """Returns (bytes, end). 1-20 Mbit/s."""
    size = int(log_uniform(rng, 260_000, 1_500_000))
    rate = log_uniform(rng, 125_000, 2_500_000)
    sent, time = 0, at
    while sent < size:
        connection.up(time, min(14_480, size - sent))
        sent += 14_480
        time += 14_480 / rate
    connection.down(time + connection.round_trip, 400)
    return size, time
