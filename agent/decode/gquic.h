// Google's QUIC before the IETF's: the server name in a client's first packet. In Q039, Q043 and
// Q046 that packet is in clear behind a hash; Q050 has the IETF's Initial packets with other
// content. The documents are Google's "QUIC Wire Layout Specification" and "QUIC Crypto"
// (chromium.org/quic). Pure: no I/O, no clock, no allocation.
#pragma once

#include "agent/decode/quic_frames.h"
#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

// True for a packet of a client that says it is Q039, Q043 or Q046, as far as its header says.
// *connection_id becomes its 8 bytes.
bool BeginsAsGquic(Bytes datagram, Bytes* connection_id);

// Such a packet. kNeedMore: its hello has not come whole. The name may be empty; what is encrypted
// hello in TLS has no counterpart here.
HelloResult ParseGquicPacket(Bytes datagram, ClientHello* out);

// The CHLO message from its first byte on ("QUIC Crypto", section "Handshake messages").
HelloResult ParseChlo(Bytes message, ClientHello* out);

// The first CRYPTO frame of a decrypted Initial packet of Q050. False where there is none.
bool FindGquicCrypto(Bytes payload, QuicCrypto* crypto);

}  // namespace gnomon::decode
