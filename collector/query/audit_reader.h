// Reads and checks an audit log while it is written. docs/formats/audit.md
#pragma once

#include <filesystem>
#include <optional>

#include "base/status.h"
#include "collector/query/audit_chain.h"
#include "gnomon/v1/audit.pb.h"

namespace gnomon::query {

inline constexpr int kAuditPage = 1000;
inline constexpr int kMaxAuditFindings = 100;

// Lines after `request.after`, oldest first. kInvalidArgument where `since` is no day.
Result<v1::ListAuditResponse> ReadAuditPage(const std::filesystem::path& log,
                                            const v1::ListAuditRequest& request);

// Goes through every line of every part. `seen`: a head that somebody kept elsewhere. An error means that the log could not
// be read; what is wrong with it stands in the findings.
Result<v1::VerifyAuditResponse> VerifyAuditLog(const std::filesystem::path& log,
                                               const std::optional<AuditHead>& seen);

}  // namespace gnomon::query
