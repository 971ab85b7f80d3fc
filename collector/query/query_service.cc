#include "collector/query/query_service.h"

#include <algorithm>
#include <vector>

#include "collector/access/caller.h"
#include "collector/query/answers.h"
#include "wire/tls.h"

namespace gnomon::query {
namespace {

Status MayAsk(const pki::Identity& caller) {
  return access::CheckOperator(
      caller, {access::kAdministrator, access::kIt, access::kAnalyst, access::kAuditor});
}

void AddNotes(v1::Scope& scope) {
  const std::string floor = std::to_string(scope.floor());
  scope.add_notes(
      "Devices are laptops on which an AI service was used; they are counted by flags that each "
      "laptop "
      "sets once a month, without an identifier.");
  scope.add_notes(
      "Visits, turns, active minutes and uploads are estimates from the sizes and times of "
      "encrypted "
      "traffic.");
  scope.add_notes(
      "Automated is the share of turns that came as from a script: at regular times, or faster "
      "than "
      "a person reads and types. In steps of 5 %; over 90 % it has no number.");
  scope.add_notes("Hidden means fewer than " + floor +
                  " devices, or a number that would let such a group be worked out. A total leaves "
                  "hidden departments out; a department's own includes its hidden services.");
  scope.add_notes(
      "Not covered: laptops without an agent, traffic inside VPN tunnels, connections without a "
      "name in "
      "clear, services outside the catalogue, and records that have not arrived yet.");
  if (scope.month_open()) {
    scope.add_notes("The month is not over: days from " + scope.end() +
                    " on are not in the numbers.");
  }
}

}  // namespace

grpc::Status QueryService::Departments(grpc::ServerContext* context,
                                       const v1::DepartmentsQuestion* question,
                                       v1::DepartmentsAnswer* answer) {
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(Refuse(caller.status(), "departments"));
  return wire::ToGrpc(AnswerDepartments(*caller, *question, *answer));
}

grpc::Status QueryService::Services(grpc::ServerContext* context,
                                    const v1::ServicesQuestion* question,
                                    v1::ServicesAnswer* answer) {
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(Refuse(caller.status(), "services"));
  return wire::ToGrpc(AnswerServices(*caller, *question, *answer));
}

Status QueryService::Write(const pki::Identity& caller, const char* question,
                           const std::string& month, const std::string& department,
                           const Status& outcome) {
  // A laptop that calls where operators do is named by what it is, not by its name.
  const bool person = caller.kind == pki::Identity::Kind::kOperator;
  return audit_.Append({clock_.Now(), person ? caller.name : "", person ? caller.scope : "device",
                        question, month, department, outcome});
}

Status QueryService::Refuse(const Status& refusal, const char* question) {
  // Who tries too often is not given the pen.
  if (refusal.code() == StatusCode::kResourceExhausted) return refusal;
  const Status written = audit_.Append({clock_.Now(), "", "", question, "", "", refusal});
  return written.ok() ? refusal : written;
}

Status QueryService::AnswerDepartments(const pki::Identity& caller,
                                       const v1::DepartmentsQuestion& question,
                                       v1::DepartmentsAnswer& answer) {
  const Status outcome = [&]() -> Status {
    GNOMON_RETURN_IF_ERROR(MayAsk(caller));
    GNOMON_ASSIGN_OR_RETURN(const auto enrolled, registry_.DevicesByDepartment());
    const auto organisation = policy_.Now();
    GNOMON_ASSIGN_OR_RETURN(
        const cube::ReleasedCube cube,
        Read(question.month(), enrolled, organisation->floor(), *answer.mutable_scope()));
    FillDepartments(cube, enrolled, *organisation, answer);
    return Status::Ok();
  }();
  const Status written = Write(caller, "departments", question.month(), "", outcome);
  const Status& status = written.ok() ? outcome : written;
  if (!status.ok()) answer.Clear();
  return status;
}

Status QueryService::AnswerServices(const pki::Identity& caller,
                                    const v1::ServicesQuestion& question,
                                    v1::ServicesAnswer& answer) {
  const Status outcome = [&]() -> Status {
    GNOMON_RETURN_IF_ERROR(MayAsk(caller));
    GNOMON_ASSIGN_OR_RETURN(const auto enrolled, registry_.DevicesByDepartment());
    const auto organisation = policy_.Now();
    GNOMON_ASSIGN_OR_RETURN(
        const cube::ReleasedCube cube,
        Read(question.month(), enrolled, organisation->floor(), *answer.mutable_scope()));
    return FillServices(cube, question.department(), *organisation, answer);
  }();
  const Status written =
      Write(caller, "services", question.month(), question.department(), outcome);
  const Status& status = written.ok() ? outcome : written;
  if (!status.ok()) answer.Clear();
  return status;
}

Result<cube::ReleasedCube> QueryService::Read(const std::string& text,
                                              const std::map<std::string, uint32_t>& enrolled,
                                              uint32_t floor, v1::Scope& scope) {
  GNOMON_ASSIGN_OR_RETURN(const Month month, ParseMonth(text));
  const Day today = ToLocal(clock_.Now()).day;
  if (month.First() > today) return InvalidArgument(text + " has not begun yet");
  // Today's numbers grow by the minute: who asked twice would see what came in between.
  const Day end = std::min(month.End(), today);
  scope.set_month(month.ToString());
  scope.set_first(FormatDay(month.First()));
  scope.set_end(FormatDay(end));
  scope.set_floor(cubes_.FloorWith(floor));
  scope.set_month_open(today < month.End());
  AddNotes(scope);
  std::vector<std::string> departments;
  for (const auto& [department, devices] : enrolled) departments.push_back(department);
  return cubes_.Read(month.First(), end, departments, floor);
}

}  // namespace gnomon::query
