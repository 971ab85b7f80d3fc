// The frame of every call with which operators administer: who is it, may they, do it, write it
// down, answer.
#pragma once

#include <grpcpp/grpcpp.h>

#include <initializer_list>
#include <string_view>

#include "collector/access/caller.h"
#include "collector/access/callers.h"
#include "collector/access/operator_log.h"
#include "wire/tls.h"

namespace gnomon::access {

// `work` fills `response` and returns why it could not. It may also fill `action` in, where the
// subject is known only after it was made. An answer beside an error is empty, also where the audit
// log cannot be written.
template <typename Response, typename Work>
grpc::Status AuditedCall(Callers& callers, OperatorLog& log, const grpc::ServerContextBase& context,
                         std::initializer_list<std::string_view> roles, OperatorAction action,
                         Response* response, Work&& work) {
  const Result<pki::Identity> caller = callers.Identify(context);
  Status status = RequireOperator(caller, roles).status();
  if (status.ok()) status = work(action);
  // Who tries too often is not given the pen.
  if (status.code() != StatusCode::kResourceExhausted) {
    const Status written = log.Write(caller, action, status);
    if (status.ok()) status = written;
  }
  if (!status.ok()) response->Clear();
  return wire::ToGrpc(status);
}

}  // namespace gnomon::access
