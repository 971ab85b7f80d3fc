#include <climits>
#include <utility>

#include "agent/capture/attach_filter.h"
#include "agent/capture/kernel_filter.h"
#include "agent/capture/link_type.h"
#include "agent/capture/pcap_handle.h"
#include "agent/capture/source.h"
#include "agent/capture/wrapping_counter.h"

namespace gnomon::capture {
namespace {

class LiveSource : public FrameSource {
 public:
  LiveSource(PcapHandle handle, LinkType link, int fd, std::string name, const LiveOptions& options)
      : handle_(std::move(handle)),
        link_(link),
        fd_(fd),
        name_(std::move(name)),
        snap_length_(options.snap_length),
        own_filter_(!options.filter.empty()) {}

  Result<size_t> Poll(FrameSink& sink, size_t max_frames) override {
    if (!error_.ok()) return error_;
    const Dispatched dispatched = DispatchFrames(handle_.get(), link_, sink, max_frames);
    received_ += dispatched.frames;
    if (dispatched.failed) {
      error_ = Unavailable(name_ + ": capture ended: " + pcap_geterr(handle_.get()));
      if (dispatched.frames == 0) return error_;
    }
    return dispatched.frames;
  }
  int fd() const override { return fd_; }
  bool live() const override { return true; }
  CaptureStats Stats() override {
    pcap_stat now{};
    // Where the interface is gone the last counts stand.
    if (error_.ok() && pcap_stats(handle_.get(), &now) == 0) {
      dropped_kernel_ = kernel_.Update(now.ps_drop);
      dropped_interface_ = interface_.Update(now.ps_ifdrop);
    }
    return {received_, dropped_kernel_, dropped_interface_};
  }
  const std::string& name() const override { return name_; }

  Status Follow(const FilterSet& set) override {
    // A socket has one program.
    if (own_filter_) return FailedPrecondition(name_ + ": is captured with a filter of its own");
    const FilterTarget target{.link = link_, .live = true, .snap_length = snap_length_};
    GNOMON_ASSIGN_OR_RETURN(const BpfProgram program, CompileFilter(set, target));
    return AttachFilter(fd_, program);
  }

 private:
  PcapHandle handle_;
  LinkType link_;
  int fd_;
  std::string name_;
  uint32_t snap_length_;
  bool own_filter_;
  Status error_;  // what every further Poll() returns
  // Counted here: the kernel's own count (ps_recv) holds the frames that it then dropped, too.
  uint64_t received_ = 0;
  uint64_t dropped_kernel_ = 0;
  uint64_t dropped_interface_ = 0;
  WrappingCounter kernel_;
  WrappingCounter interface_;
};

// The interfaces that libpcap would open, without its pseudo devices for USB, D-Bus and the like.
std::string ListInterfaces() {
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, error) != 0) return std::string("none can be listed: ") + error;
  std::string names;
  for (const pcap_if_t* i = all; i != nullptr; i = i->next) {
    const bool pseudo =
        (i->flags & PCAP_IF_CONNECTION_STATUS) == PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE &&
        (i->flags & PCAP_IF_LOOPBACK) == 0 && i->name != std::string_view("any");
    if (pseudo) continue;
    if (!names.empty()) names += ", ";
    names += i->name;
  }
  pcap_freealldevs(all);
  return names.empty() ? "there are none" : "there are: " + names;
}

Status ActivationError(int code, pcap_t* handle, const std::string& name) {
  std::string reason = pcap_geterr(handle);
  if (reason.empty()) reason = pcap_statustostr(code);
  switch (code) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return PermissionDenied(
          name +
          ": capturing needs the capability CAP_NET_RAW, which this process lacks. Run it "
          "as root or as the packaged service, or give the capability to the program: "
          "setcap cap_net_raw+ep /path/to/gnomon-agent");
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return NotFound(name + ": no such interface; " + ListInterfaces());
    case PCAP_ERROR_IFACE_NOT_UP:
      return Unavailable(name + ": the interface is not up");
    default:
      return Unavailable(name + ": cannot capture: " + reason);
  }
}

Status SetFilter(pcap_t* handle, const std::string& name, const std::string& expression) {
  bpf_program program{};
  if (pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return InvalidArgument(name + ": filter \"" + expression + "\": " + pcap_geterr(handle));
  }
  const int result = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (result != 0) return Internal(name + ": setting the filter: " + pcap_geterr(handle));
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<FrameSource>> OpenInterface(const std::string& name,
                                                   const LiveOptions& options) {
  if (name.empty()) return InvalidArgument("the interface's name is empty; " + ListInterfaces());
  if (options.snap_length == 0 || options.snap_length > INT_MAX) {
    return InvalidArgument(name + ": snap length must be 1 to 2147483647 bytes");
  }
  if (options.buffer_bytes == 0 || options.buffer_bytes > INT_MAX) {
    return InvalidArgument(name + ": buffer must be 1 to 2147483647 bytes");
  }
  if (options.batch_ms == 0 || options.batch_ms > 1000) {
    return InvalidArgument(name + ": frames may wait for 1 to 1000 ms");
  }
  char error[PCAP_ERRBUF_SIZE] = "";
  PcapHandle handle(pcap_create(name.c_str(), error));
  if (handle == nullptr) return Unavailable(name + ": cannot capture: " + error);
  pcap_set_snaplen(handle.get(), static_cast<int>(options.snap_length));
  pcap_set_promisc(handle.get(), 0);
  // Not in immediate mode: that wakes the agent once a frame, and its ring has places of one size,
  // so that 8 MiB hold 128 frames of 64 KiB.
  pcap_set_timeout(handle.get(), static_cast<int>(options.batch_ms));
  pcap_set_buffer_size(handle.get(), static_cast<int>(options.buffer_bytes));
  // A positive result is a warning, and the handle is active.
  if (const int code = pcap_activate(handle.get()); code < 0) {
    return ActivationError(code, handle.get(), name);
  }
  GNOMON_ASSIGN_OR_RETURN(const LinkType link, LinkTypeFromPcap(pcap_datalink(handle.get()), name));
  if (!options.filter.empty()) {
    GNOMON_RETURN_IF_ERROR(SetFilter(handle.get(), name, options.filter));
  }
  if (pcap_setnonblock(handle.get(), 1, error) != 0) return Internal(name + ": " + error);
  const int fd = pcap_get_selectable_fd(handle.get());
  if (fd < 0) return Internal(name + ": the interface cannot be waited on");
  return std::unique_ptr<FrameSource>(
      std::make_unique<LiveSource>(std::move(handle), link, fd, name, options));
}

}  // namespace gnomon::capture
