// gnomon-agent enroll
#include <cstdio>
#include <string>

#include "agent/commands/commands.h"
#include "agent/stream/enrol.h"
#include "agent/stream/membership.h"
#include "base/file.h"

namespace gnomon::agent {

int RunEnroll(const Config& config, const EnrollArguments& arguments) {
  const Result<stream::Enrolment> held = stream::LoadEnrolment(config.state);
  if (held.ok() && !arguments.again) {
    return Fail(FailedPrecondition(config.state.string() +
                                   ": this device is enrolled already, in department " +
                                   held->department +
                                   "; --again joins anew and stays one device there"));
  }
  if (Status status = MakeFolder(config.state, 0700); !status.ok()) return Fail(status);
  std::string token = arguments.token;
  if (!arguments.token_file.empty()) {
    Result<std::string> read = stream::ReadToken(arguments.token_file);
    if (!read.ok()) return Fail(read.status().WithContext("--token-file"));
    token = std::move(*read);
  }
  constexpr int kTimeoutSeconds = 30;
  Result<stream::Enrolment> enrolment = stream::Enrol(
      arguments.collector, token, kTimeoutSeconds, held.ok() ? &held.value() : nullptr);
  if (!enrolment.ok()) return Fail(enrolment.status().WithContext(arguments.collector));
  if (Status status = stream::SaveEnrolment(config.state, *enrolment); !status.ok()) {
    return Fail(status);
  }
  if (Status status = stream::GiveToFolderOwner(config.state); !status.ok()) return Fail(status);
  std::printf("Enrolled in department %s at %s.\n", enrolment->department.c_str(),
              enrolment->collector.c_str());
  std::printf("The key was made on this device and stays in %s.\n", config.state.c_str());
  return 0;
}

}  // namespace gnomon::agent
