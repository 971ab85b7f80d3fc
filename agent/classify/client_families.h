// Which kind of client a hello may come from, by the TLS library that wrote it.
#pragma once

#include "agent/decode/ja4.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::classify {

// CLIENT_UNKNOWN for a library that is not in the table, and for those that programs of several
// kinds use. A hint, for where the socket's owner cannot be asked: a program may send any hello it
// likes, and what is built on a browser's engine sends the browser's.
v1::Client KindOfLibrary(const decode::Ja4& fingerprint);

}  // namespace gnomon::classify
