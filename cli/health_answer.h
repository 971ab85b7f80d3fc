// The fleet's health as people and programs read it.
#pragma once

#include <string>

#include "cli/answer.h"
#include "gnomon/v1/health.pb.h"

namespace gnomon::cli {

std::string Render(const v1::HealthSummary& summary, Format format, bool colour);

}  // namespace gnomon::cli
