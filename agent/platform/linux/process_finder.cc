#include "agent/platform/linux/process_finder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/platform/kind_rules.h"
#include "agent/platform/linux/process_stat.h"

namespace gnomon::platform {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder OpenFolder(int at, const char* name) {
  const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  Folder folder(fdopendir(fd));
  if (!folder) close(fd);
  return folder;
}

bool IsNumber(const char* name) {
  return std::string_view(name).find_first_not_of("0123456789") == std::string_view::npos;
}

// One process, held open: its folder goes on meaning this process, and no later one with its PID.
class Process {
 public:
  Process(int proc, const char* pid)
      : folder_(openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  bool BelongsTo(uid_t owner) const {
    struct stat status {};
    return folder_.valid() && fstat(folder_.get(), &status) == 0 && status.st_uid == owner;
  }
  Folder Descriptors() const { return OpenFolder(folder_.get(), "fd"); }

  // Its names and its stat, which is a view into this object. False where it has ended.
  bool Read() {
    if (!folder_.valid()) return false;
    // A kernel thread has no file, and another user's may not be read: the name is left then.
    const ssize_t path = readlinkat(folder_.get(), "exe", path_.data(), path_.size());
    path_length_ = path < 0 ? 0 : static_cast<size_t>(path);
    const Descriptor file(openat(folder_.get(), "stat", O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return false;
    const ssize_t length = read(file.get(), line_.data(), line_.size());
    if (length <= 0) return false;
    stat_ = ParseProcessStat({line_.data(), static_cast<size_t>(length)});
    return stat_.has_value();
  }
  const ProcessStat& stat() const { return *stat_; }
  Program program() const { return {{path_.data(), path_length_}, stat_->name}; }

 private:
  Descriptor folder_;
  std::array<char, PATH_MAX> path_;
  size_t path_length_ = 0;
  std::array<char, 1024> line_;
  std::optional<ProcessStat> stat_;
};

// True where one of the descriptors is the socket.
bool Holds(const Process& process, std::string_view link, const SearchLimits& limits,
           Search* search) {
  const Folder descriptors = process.Descriptors();
  if (!descriptors) return false;
  while (const dirent* entry = readdir(descriptors.get())) {
    if (!IsNumber(entry->d_name)) continue;
    if (search->descriptors >= limits.descriptors) {
      search->gave_up = true;
      return false;
    }
    ++search->descriptors;
    std::array<char, 64> target;
    const ssize_t length =
        readlinkat(dirfd(descriptors.get()), entry->d_name, target.data(), target.size());
    if (length > 0 && std::string_view(target.data(), static_cast<size_t>(length)) == link)
      return true;
  }
  return false;
}

// Of a process that has been read.
v1::Client KindOfProcess(int proc, const Process& process, const SearchLimits& limits) {
  const bool has_terminal = process.stat().has_terminal;
  std::vector<std::unique_ptr<Process>> parents;
  std::vector<Program> names;
  if (AsksParents(process.program(), has_terminal)) {
    const Process* child = &process;
    while (static_cast<int>(parents.size()) < limits.parents && child->stat().parent > 1) {
      auto parent = std::make_unique<Process>(proc, std::to_string(child->stat().parent).c_str());
      // One that is younger than its child has only got the number of the real one.
      if (!parent->Read() || parent->stat().start_time > child->stat().start_time) break;
      names.push_back(parent->program());
      parents.push_back(std::move(parent));
      child = parents.back().get();
    }
  }
  return KindOf(process.program(), has_terminal, names);
}

}  // namespace

Search FindKind(const std::string& proc, const Socket& socket, const SearchLimits& limits) {
  Search search;
  const Folder processes = OpenFolder(AT_FDCWD, proc.c_str());
  if (!processes) return search;
  const int at = dirfd(processes.get());
  const std::string link = "socket:[" + std::to_string(socket.inode) + "]";
  while (const dirent* entry = readdir(processes.get())) {
    if (!IsNumber(entry->d_name)) continue;
    if (search.processes >= limits.processes) {
      search.gave_up = true;
      break;
    }
    ++search.processes;
    Process process(at, entry->d_name);
    if (!process.BelongsTo(socket.owner)) continue;
    // Most are in no list: were one of them the holder, the kind would be unknown all the same.
    if (!process.Read() || !IsListed(process.program())) continue;
    if (Holds(process, link, limits, &search)) {
      search.kind = KindOfProcess(at, process, limits);
      break;
    }
    if (search.gave_up) break;
  }
  return search;
}

}  // namespace gnomon::platform
