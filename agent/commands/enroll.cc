// gnomon-agent enroll
#include <cstdio>
#include <string>
#include <system_error>

#include "agent/commands/commands.h"
#include "agent/stream/enrol.h"
#include "base/file.h"

namespace gnomon::agent {

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
  if (!enrolment.ok()) return Fail(enrolment.status());
  if (Status status = stream::SaveEnrolment(config.state, *enrolment); !status.ok()) {
    return Fail(status);
  }
  std::printf("Enrolled in department %s at %s.\n", enrolment->department.c_str(),
              enrolment->collector.c_str());
  std::printf("The key was made on this device and stays in %s.\n", config.state.c_str());
  return 0;
}

}  // namespace gnomon::agent
