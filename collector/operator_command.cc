#include "collector/operator_command.h"

#include "base/file.h"
#include "base/yaml.h"
#include "collector/access/operators.h"
#include "collector/config.h"
#include "collector/init.h"
#include "collector/query/audit_log.h"
#include "wire/credential_file.h"

namespace gnomon::collector {

Status MakeOperator(const OperatorArguments& arguments, TimeUs now) {
  const DataFolder files(arguments.data);
  if (!std::filesystem::exists(files.authority_key)) {
    return FailedPrecondition(arguments.data.string() + " holds no collector");
  }
  if (std::filesystem::exists(arguments.out)) {
    return AlreadyExists(arguments.out.string() + " exists; it is not replaced");
  }
  const Result<uint64_t> lifetime = ParseDuration(arguments.expires);
  if (!lifetime.ok()) return lifetime.status().WithContext("--expires");
  GNOMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(files.config));
  GNOMON_ASSIGN_OR_RETURN(const std::string collector, CollectorAddress(config));
  GNOMON_ASSIGN_OR_RETURN(const std::string authority, ReadFile(files.authority));
  GNOMON_ASSIGN_OR_RETURN(auto operators, access::Operators::Open(files.operators));
  GNOMON_ASSIGN_OR_RETURN(auto audit, query::AuditLog::Open(files.audit));
  v1::CreateOperatorRequest request;
  request.set_name(arguments.name);
  request.set_role(arguments.role);
  request.set_lifetime_seconds(*lifetime);
  GNOMON_ASSIGN_OR_RETURN(const auto made, operators->Create(request, now));
  query::AuditEntry entry;
  entry.time = now;
  entry.role = "server";
  entry.question = "operators.create";
  entry.subject = made.id();
  GNOMON_RETURN_IF_ERROR(audit->Append(entry));
  return WriteFileAtomically(
      arguments.out, wire::RenderCredential({collector, {authority, "", ""}, made.token()}), 0600);
}

}  // namespace gnomon::collector
