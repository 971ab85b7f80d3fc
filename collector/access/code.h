// The syntax of codes, as the services check it.
#pragma once

#include "base/code.h"

namespace gnomon::access {

using gnomon::IsCode;

}  // namespace gnomon::access
