// Capture files byte by byte: classic pcap (draft-ietf-opsawg-pcap) and pcapng
// (draft-ietf-opsawg-pcapng), little-endian.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace gnomon::testing {

class PcapBytes {
 public:
  PcapBytes& U16(uint16_t value) { return Put(value, 2); }
  PcapBytes& U32(uint32_t value) { return Put(value, 4); }
  PcapBytes& Text(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  PcapBytes& Put(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  std::string bytes_;
};

inline constexpr uint32_t kMicroMagic = 0xa1b2c3d4;
inline constexpr uint32_t kNanoMagic = 0xa1b23c4d;

inline std::string PcapHeader(uint32_t link_type, uint32_t magic = kMicroMagic) {
  return PcapBytes().U32(magic).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(link_type).bytes();
}

// `fraction` in the file's unit; `wire_length` 0: as captured.
inline std::string PcapRecord(const std::string& frame, uint32_t seconds, uint32_t fraction,
                              uint32_t wire_length = 0) {
  const auto captured = static_cast<uint32_t>(frame.size());
  return PcapBytes()
      .U32(seconds)
      .U32(fraction)
      .U32(captured)
      .U32(wire_length == 0 ? captured : wire_length)
      .Text(frame)
      .bytes();
}

inline std::string PcapngBlock(uint32_t type, const std::string& body) {
  std::string padded = body;
  padded.resize((body.size() + 3) / 4 * 4, '\0');
  const auto length = static_cast<uint32_t>(padded.size() + 12);
  return PcapBytes().U32(type).U32(length).Text(padded).U32(length).bytes();
}

inline std::string PcapngHeader(uint16_t link_type) {
  const std::string section =
      PcapBytes().U32(0x1a2b3c4d).U16(1).U16(0).U32(0xffffffff).U32(0xffffffff).bytes();
  const std::string interface = PcapBytes().U16(link_type).U16(0).U32(65535).bytes();
  return PcapngBlock(0x0a0d0d0a, section) + PcapngBlock(1, interface);
}

// An enhanced packet block at `micros` since 1970.
inline std::string PcapngPacket(const std::string& frame, uint64_t micros) {
  const auto length = static_cast<uint32_t>(frame.size());
  return PcapngBlock(6, PcapBytes()
                            .U32(0)
                            .U32(static_cast<uint32_t>(micros >> 32))
                            .U32(static_cast<uint32_t>(micros))
                            .U32(length)
                            .U32(length)
                            .Text(frame)
                            .bytes());
}

// A file that is gone when this goes.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("gnomon-capture-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace gnomon::testing
