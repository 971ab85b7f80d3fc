// Puts a program on a live capture's socket.
#pragma once

#include "agent/capture/bpf_assembler.h"
#include "base/status.h"

namespace gnomon::capture {

// Replaces what is on the socket `fd` in one step: each packet meets the old program or the new
// one. (pcap_setfilter() on Linux puts a program that drops everything there first, and throws away
// what waits to be read.) kFailedPrecondition on systems without SO_ATTACH_FILTER;
// kResourceExhausted where the kernel has no room for it (net.core.optmem_max); then the old
// program is still there.
Status AttachFilter(int fd, const BpfProgram& program);

}  // namespace gnomon::capture
