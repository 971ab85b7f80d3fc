#include <stdio_ext.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "agent/capture/link_type.h"
#include "agent/capture/pcap_handle.h"
#include "agent/capture/source.h"

namespace gnomon::capture {
namespace {

// The C library would read a file in blocks of 4 KiB, a system call for every few frames.
constexpr size_t kReadAhead = 256 * 1024;

class FileSource : public FrameSource {
 public:
  // `buffer` is that of the handle's file, or empty.
  FileSource(std::vector<char> buffer, PcapHandle handle, LinkType link, std::string path,
             std::string label)
      : buffer_(std::move(buffer)),
        handle_(std::move(handle)),
        link_(link),
        path_(std::move(path)),
        label_(std::move(label)) {}

  Result<size_t> Poll(FrameSink& sink, size_t max_frames) override {
    if (!error_.ok()) return error_;
    const Dispatched dispatched = DispatchFrames(handle_.get(), link_, sink, max_frames);
    stats_.received += dispatched.frames;
    if (dispatched.failed) {
      // Reading on behind a damaged record would deliver what never was on the wire.
      error_ = DataLoss(label_ + ": " + pcap_geterr(handle_.get()) + ", after " +
                        std::to_string(stats_.received) + " frames");
      if (dispatched.frames == 0) return error_;
    }
    return dispatched.frames;
  }
  int fd() const override { return -1; }
  bool live() const override { return false; }
  CaptureStats Stats() override { return stats_; }
  const std::string& name() const override { return path_; }
  Status Follow(const FilterSet&) override {
    return FailedPrecondition(label_ + ": a file has been captured");
  }

 private:
  std::vector<char> buffer_;  // before handle_, which uses it until it is closed
  PcapHandle handle_;
  LinkType link_;
  std::string path_;
  std::string label_;  // for messages
  CaptureStats stats_;
  Status error_;  // what every further Poll() returns
};

struct FileCloser {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Status OpenError(const std::string& path, int error) {
  std::string message = path + ": " + std::strerror(error);
  if (error == EACCES || error == EPERM) return PermissionDenied(std::move(message));
  if (error == ENOENT || error == ENOTDIR) return NotFound(std::move(message));
  return InvalidArgument(std::move(message));
}

// gzip, xz and zstd by their first bytes: captures are often kept packed.
const char* Unpacker(std::FILE* file) {
  std::array<unsigned char, 4> magic{};
  if (std::fseek(file, 0, SEEK_SET) != 0) return nullptr;  // a pipe
  if (std::fread(magic.data(), 1, magic.size(), file) != magic.size()) return nullptr;
  if (magic[0] == 0x1f && magic[1] == 0x8b) return "gzip -dc";
  if (magic[0] == 0xfd && magic[1] == '7') return "xz -dc";
  if (magic[0] == 0x28 && magic[1] == 0xb5) return "zstd -dc";
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<FrameSource>> OpenFile(const std::string& path) {
  const bool standard_input = path == "-";
  std::string label = standard_input ? "standard input" : path;
  // Not for standard input, which outlives the source.
  std::vector<char> buffer(standard_input ? 0 : kReadAhead);
  std::unique_ptr<std::FILE, FileCloser> file(standard_input ? stdin
                                                             : std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return OpenError(path, errno);
  if (!buffer.empty()) std::setvbuf(file.get(), buffer.data(), _IOFBF, buffer.size());
  // libpcap calls fread() twice a frame, and no other thread has this file: no lock for each.
  __fsetlocking(file.get(), FSETLOCKING_BYCALLER);

  char error[PCAP_ERRBUF_SIZE] = "";
  PcapHandle handle(
      pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_MICRO, error));
  if (handle == nullptr) {
    if (const char* unpacker = Unpacker(file.get())) {
      return InvalidArgument(label + ": is compressed; unpack it on the way: " + unpacker + " " +
                             label + " | gnomon-agent inspect -r -");
    }
    return InvalidArgument(label + ": not a readable pcap or pcapng file: " + error);
  }
  (void)file.release();  // pcap_close() closes it, unless it is stdin
  GNOMON_ASSIGN_OR_RETURN(const LinkType link,
                          LinkTypeFromPcap(pcap_datalink(handle.get()), label));
  return std::unique_ptr<FrameSource>(std::make_unique<FileSource>(
      std::move(buffer), std::move(handle), link, path, std::move(label)));
}

}  // namespace gnomon::capture
