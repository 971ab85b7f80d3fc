// gRPC status <-> Status.
#include "wire/tls.h"

namespace gnomon::wire {

grpc::Status ToGrpc(const Status& status) {
  const auto code = [&status] {
    switch (status.code()) {
      case StatusCode::kOk:
        return grpc::StatusCode::OK;
      case StatusCode::kInvalidArgument:
        return grpc::StatusCode::INVALID_ARGUMENT;
      case StatusCode::kNotFound:
        return grpc::StatusCode::NOT_FOUND;
      case StatusCode::kAlreadyExists:
        return grpc::StatusCode::ALREADY_EXISTS;
      case StatusCode::kPermissionDenied:
        return grpc::StatusCode::PERMISSION_DENIED;
      case StatusCode::kUnauthenticated:
        return grpc::StatusCode::UNAUTHENTICATED;
      case StatusCode::kFailedPrecondition:
        return grpc::StatusCode::FAILED_PRECONDITION;
      case StatusCode::kResourceExhausted:
        return grpc::StatusCode::RESOURCE_EXHAUSTED;
      case StatusCode::kConflict:
        return grpc::StatusCode::ABORTED;
      case StatusCode::kUnavailable:
        return grpc::StatusCode::UNAVAILABLE;
      case StatusCode::kDataLoss:
        return grpc::StatusCode::DATA_LOSS;
      case StatusCode::kInternal:
        break;
    }
    return grpc::StatusCode::INTERNAL;
  }();
  if (code == grpc::StatusCode::OK) return grpc::Status::OK;
  return grpc::Status(code, status.message());
}

Status FromGrpc(const grpc::Status& status) {
  const std::string& message = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return Status::Ok();
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return InvalidArgument(message);
    case grpc::StatusCode::NOT_FOUND:
      return NotFound(message);
    case grpc::StatusCode::ALREADY_EXISTS:
      return AlreadyExists(message);
    case grpc::StatusCode::PERMISSION_DENIED:
      return PermissionDenied(message);
    case grpc::StatusCode::UNAUTHENTICATED:
      return Unauthenticated(message);
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return FailedPrecondition(message);
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ResourceExhausted(message);
    case grpc::StatusCode::ABORTED:
      return Conflict(message);
    case grpc::StatusCode::DATA_LOSS:
      return DataLoss(message);
    // What the transport itself reports when a peer dies in the middle: UNKNOWN ("Stream removed")
    // and CANCELLED are as passing as UNAVAILABLE.
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNAVAILABLE:
      return Unavailable(message);
    default:
      return Internal(message);
  }
}

}  // namespace gnomon::wire
