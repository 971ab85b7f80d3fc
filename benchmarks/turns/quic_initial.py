"""A client's first QUIC datagram with a ClientHello in it, as RFC 9000 section 17.2.2 and RFC 9001 section 5 say.

Pure Python, as slow as that: one datagram a connection. tests/unit/agent/decode/quic_builder.h is its C++ sister.
"""
import hashlib
import hmac
import struct

_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")  # RFC 9001 section 5.2


def _sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p = (p ^ (p << 1) ^ (0x11B if p & 0x80 else 0)) & 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        box[p] = (q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)) & 0xFF ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


_BOX = _sbox()


def _double(x):
    return ((x << 1) ^ (0x1B if x & 0x80 else 0)) & 0xFF


class Aes128:
    """FIPS 197, encryption of one block."""

    def __init__(self, key):
        words, round_constant = [list(key[i : i + 4]) for i in range(0, 16, 4)], 1
        for i in range(4, 44):
            word = list(words[-1])
            if i % 4 == 0:
                word = [_BOX[b] for b in word[1:] + word[:1]]
                word[0] ^= round_constant
                round_constant = _double(round_constant)
            words.append([a ^ b for a, b in zip(words[i - 4], word)])
        self._keys = [sum(words[i : i + 4], []) for i in range(0, 44, 4)]

    def encrypt(self, block):
        state = [a ^ b for a, b in zip(block, self._keys[0])]
        for number in range(1, 11):
            state = [_BOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if number < 10:
                mixed = []
                for c in range(0, 16, 4):
                    a, b, d, e = state[c : c + 4]
                    every = a ^ b ^ d ^ e
                    mixed += [a ^ every ^ _double(a ^ b), b ^ every ^ _double(b ^ d), d ^ every ^ _double(d ^ e),
                              e ^ every ^ _double(e ^ a)]
                state = mixed
            state = [a ^ b for a, b in zip(state, self._keys[number])]
        return bytes(state)


def _gcm_seal(key, nonce, plain, associated):
    """AES-128-GCM (NIST SP 800-38D) with a nonce of 12 bytes."""
    aes = Aes128(key)
    h = int.from_bytes(aes.encrypt(bytes(16)), "big")

    def multiply(x):
        z, v = 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        return z

    sealed = b"".join(bytes(a ^ b for a, b in zip(plain[i : i + 16], aes.encrypt(nonce + struct.pack(">I", i // 16 + 2))))
                      for i in range(0, len(plain), 16))
    tag = 0
    for part in (associated, sealed):
        for i in range(0, len(part), 16):
            tag = multiply(tag ^ int.from_bytes(part[i : i + 16].ljust(16, b"\0"), "big"))
    tag = multiply(tag ^ (len(associated) * 8 << 64 | len(sealed) * 8))
    mask = aes.encrypt(nonce + b"\0\0\0\1")
    return sealed + bytes(a ^ b for a, b in zip(tag.to_bytes(16, "big"), mask))


def _expand_label(secret, label, length):
    """HKDF-Expand-Label (RFC 8446 section 7.1), for lengths of one hash at most."""
    full = b"tls13 " + label
    info = struct.pack(">H", length) + bytes([len(full)]) + full + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:length]


def initial(connection_id, handshake, size=1200):
    """A datagram of `size` bytes: a v1 Initial, packet number 0, one CRYPTO frame, padding."""
    secret = hmac.new(_SALT_V1, connection_id, hashlib.sha256).digest()
    client = _expand_label(secret, b"client in", 32)
    key, iv = _expand_label(client, b"quic key", 16), _expand_label(client, b"quic iv", 12)
    protect = _expand_label(client, b"quic hp", 16)
    head = b"\xc0" + b"\0\0\0\1" + bytes([len(connection_id)]) + connection_id + b"\0" + b"\0"
    crypto = b"\x06\x00" + struct.pack(">H", 0x4000 | len(handshake)) + handshake
    length = size - len(head) - 2  # packet number (1), frames, tag (16)
    frames = crypto.ljust(length - 17, b"\0")
    head += struct.pack(">H", 0x4000 | length) + b"\0"
    sealed = _gcm_seal(key, iv, frames, head)
    mask = Aes128(protect).encrypt(sealed[3:19])  # the sample begins 4 bytes after the packet number's start
    head = bytes([head[0] ^ mask[0] & 0x0F]) + head[1:-1] + bytes([head[-1] ^ mask[1]])
    return head + sealed
