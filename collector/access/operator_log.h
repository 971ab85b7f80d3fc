// What operators did to tokens, devices and operators, for the audit log
// (collector/query/audit_log.h, joined in collector/pipeline.cc).
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::access {

struct OperatorAction {
  std::string_view action;  // "tokens.create"
  std::string subject;      // id of a token or operator, name of a device; empty: none
  std::string department;   // empty: none
};

// Threads: safe.
class OperatorLog {
 public:
  virtual ~OperatorLog() = default;
  // Returns when the line is on the disk. On an error the answer must not leave. `caller` is the
  // identity, or why there was none.
  virtual Status Write(const Result<pki::Identity>& caller, const OperatorAction& action,
                       const Status& outcome) = 0;
};

}  // namespace gnomon::access
