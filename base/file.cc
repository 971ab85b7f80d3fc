#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/fault_point.h"

namespace gnomon {
namespace {

const FaultPoint kFileWritten("file.sync.before");
const FaultPoint kFileSynced("file.sync.after");      // durable under its temporary name
const FaultPoint kFileRenamed("file.rename.after");   // the folder is not synced yet
const FaultPoint kFolderSynced("file.folder.after");

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status FromErrno(const std::filesystem::path& path, int error) {
  const std::string message = path.string() + ": " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return NotFound(message);
    case EACCES:
    case EPERM: return PermissionDenied(message);
    case ENOSPC:
    case EDQUOT: return ResourceExhausted(message);
    default: return Internal(message);
  }
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path, size_t limit) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return FromErrno(path, errno);
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return FromErrno(path, errno);
    }
    if (got == 0) return content;
    if (content.size() + static_cast<size_t>(got) > limit) {
      return ResourceExhausted(path.string() + ": longer than " + std::to_string(limit) + " bytes");
    }
    content.append(buffer, static_cast<size_t>(got));
  }
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode) {
  const std::filesystem::path temporary = path.string() + ".new";
  ::unlink(temporary.c_str());
  {
    Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd.get() < 0) return FromErrno(temporary, errno);
    if (::fchmod(fd.get(), mode) != 0) return FromErrno(temporary, errno);
    size_t done = 0;
    while (done < content.size()) {
      const ssize_t put = ::write(fd.get(), content.data() + done, content.size() - done);
      if (put < 0) {
        if (errno == EINTR) continue;
        const int error = errno;
        ::unlink(temporary.c_str());
        return FromErrno(path, error);
      }
      done += static_cast<size_t>(put);
    }
    (void)kFileWritten.Reached();
    if (::fsync(fd.get()) != 0) return FromErrno(temporary, errno);
  }
  (void)kFileSynced.Reached();
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FromErrno(path, errno);
  (void)kFileRenamed.Reached();
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return FromErrno(folder, errno);
  (void)kFolderSynced.Reached();
  return Status::Ok();
}

Status MakeFolder(const std::filesystem::path& path, unsigned mode) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Status::Ok();
  std::filesystem::create_directories(path, error);
  if (error) return FromErrno(path, error.value());
  if (::chmod(path.c_str(), mode) != 0) return FromErrno(path, errno);
  return Status::Ok();
}

}  // namespace gnomon
