// The input is a script of fragments of a few datagrams whose every byte follows from its place.
// Whatever the order, overlaps, cuts and times: what comes out whole has the right bytes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "agent/decode/fragment_table.h"
#include "base/bytes.h"

namespace {

namespace decode = gnomon::decode;

uint8_t ByteAt(uint32_t id, size_t at) {
  return static_cast<uint8_t>(id * 89 + at * 31 + (at >> 8));
}

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  decode::FragmentTable table;
  gnomon::ByteReader in({data, size});
  std::array<uint8_t, 4096> bytes;
  gnomon::TimeUs now = 0;
  uint64_t whole = 0;
  // Per fragment: which datagram and what of it, offset in units, length, time.
  while (in.remaining() > 0) {
    const uint8_t what = in.U8();
    decode::IpHeader header;
    header.version = (what & 1) != 0 ? decode::IpVersion::kV6 : decode::IpVersion::kV4;
    header.protocol = decode::kProtocolTcp;
    header.fragment.id = what >> 1 & 7;
    header.fragment.more = (what & 0x10) != 0;
    header.fragment.offset = ((what & 0x20) != 0 ? in.U16() & 0x1fff : in.U8()) * 8u;
    const size_t length = (what & 0x40) != 0 ? in.U16() & 0x0fff : in.U8();
    const size_t captured = (what & 0x80) != 0 ? std::min<size_t>(in.U8(), length) : length;
    now += in.U8() * gnomon::kSecondUs / 8;
    if (!in.ok()) break;
    for (size_t i = 0; i < captured; ++i)
      bytes[i] = ByteAt(header.fragment.id, header.fragment.offset + i);
    decode::Layer layer({bytes.data(), captured}, length);
    const uint32_t id = header.fragment.id;
    switch (table.Add(now, header, layer)) {
      case decode::LayerResult::kOk:
        ++whole;
        Check(header.protocol == decode::kProtocolTcp);
        Check(layer.bytes().size() <= layer.wire_length() && layer.wire_length() <= 65535);
        Check(layer.bytes().size() <= decode::FragmentTable::kKeptBytes);
        for (size_t i = 0; i < layer.bytes().size(); ++i) Check(layer.bytes()[i] == ByteAt(id, i));
        break;
      case decode::LayerResult::kFragment:
      case decode::LayerResult::kFragmentDropped:
      case decode::LayerResult::kMalformed:
        break;
      default:
        std::abort();
    }
  }
  Check(table.counters().reassembled == whole);
  return 0;
}
