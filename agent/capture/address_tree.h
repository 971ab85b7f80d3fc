// The part of a kernel filter that finds an address: a balanced search, for pcap_compile() would
// make a chain of comparisons with one address after the other.
#pragma once

#include <span>

#include "agent/capture/bpf_assembler.h"
#include "agent/capture/filter_set.h"

namespace gnomon::capture {

// Where the search ends.
struct AddressVerdicts {
  BpfAssembler::Label wanted;
  BpfAssembler::Label readable;  // a kEndpoint
  BpfAssembler::Label unwanted;
  BpfAssembler::Label unknown;
};

// Slots that hold the ports of the packet when the search begins.
struct PortSlots {
  uint32_t own;    // of the end whose address is looked for
  uint32_t other;  // of the other end
};

// `rules` are in ascending order, all IPv4 or all IPv6. X is the place of the address in the
// packet.
void EmitIpv4Search(BpfAssembler& out, std::span<const FilterRule> rules, const PortSlots& ports,
                    const AddressVerdicts& verdicts);
void EmitIpv6Search(BpfAssembler& out, std::span<const FilterRule> rules, const PortSlots& ports,
                    const AddressVerdicts& verdicts);

bool IsIpv4(const AddressBytes& address);

}  // namespace gnomon::capture
