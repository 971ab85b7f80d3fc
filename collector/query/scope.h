// What every answer says about itself: its range, the floor, method and coverage in sentences.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "gnomon/v1/query.pb.h"

namespace gnomon::query {

// Local days [month.First(), end); an `end` before the month's is that of a month that is still
// open.
void FillScope(const Month& month, Day end, uint32_t floor, v1::Scope& scope);

}  // namespace gnomon::query
