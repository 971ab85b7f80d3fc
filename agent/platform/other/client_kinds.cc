// Systems without an implementation: every client is unknown.
#include "agent/platform/client_kinds.h"

namespace gnomon::platform {

std::unique_ptr<classify::ClientKinds> MakeClientKinds() {
  return nullptr;
}

}  // namespace gnomon::platform
