// Encrypted Client Hello (RFC 9849): the name in clear is that of the provider's public outer
// hello. Which service it is may still be told by DNS: Classifier::Impl::TakeOuterName().
#pragma once

#include <string_view>

#include "agent/decode/tls_client_hello.h"

namespace gnomon::classify {

// True for a name that stands for other people's hosts in outer hellos.
bool IsPublicName(std::string_view name);

// True where the extension is there and the name is a known public outer name. Browsers send the
// extension with random content (GREASE) to every server, so by itself it says nothing.
bool IsEncryptedHello(const decode::ClientHello& hello);

}  // namespace gnomon::classify
