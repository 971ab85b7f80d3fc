// gnomon-agent enroll
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "agent/commands/commands.h"
#include "agent/stream/enrol.h"
#include "base/file.h"

namespace gnomon::agent {
namespace {

// Root enrols, the service's user reads: files belong to whoever owns the folder.
Status GiveToFolderOwner(const std::filesystem::path& folder) {
  struct stat owner {};
  if (geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0 || owner.st_uid == 0) {
    return Status::Ok();
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0) {
      return PermissionDenied(entry.path().string() + ": cannot be given to the folder's owner");
    }
  }
  return error ? Internal(folder.string() + ": " + error.message()) : Status::Ok();
}

}  // namespace

int RunEnroll(const Config& config, const EnrollArguments& arguments) {
  if (stream::LoadEnrolment(config.state).ok()) {
    return Fail(FailedPrecondition(config.state.string() +
                                   ": this device is enrolled already; remove device.pem there to "
                                   "enrol it again"));
  }
  if (Status status = MakeFolder(config.state, 0700); !status.ok()) return Fail(status);
  constexpr int kTimeoutSeconds = 30;
  Result<stream::Enrolment> enrolment =
      stream::Enrol(arguments.collector, arguments.token, kTimeoutSeconds);
  if (!enrolment.ok()) return Fail(enrolment.status().WithContext(arguments.collector));
  if (Status status = stream::SaveEnrolment(config.state, *enrolment); !status.ok()) {
    return Fail(status);
  }
  if (Status status = GiveToFolderOwner(config.state); !status.ok()) return Fail(status);
  std::printf("Enrolled in department %s at %s.\n", enrolment->department.c_str(),
              enrolment->collector.c_str());
  std::printf("The key was made on this device and stays in %s.\n", config.state.c_str());
  return 0;
}

}  // namespace gnomon::agent
