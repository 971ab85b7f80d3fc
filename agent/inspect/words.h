// How `inspect` says sizes, times and events, in its lines and on its screen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/sessionise/events.h"
#include "base/clock.h"

namespace gnomon::inspect {

// "named", "resolved", "local"; "browser", "terminal", ...
std::string_view EvidenceName(v1::Evidence evidence);
std::string_view ClientName(v1::Client client);

// "12:34:56.789" in local time; without the milliseconds, "12:34:56".
std::string ClockText(TimeUs time, bool milliseconds = true);
std::string SizeText(uint64_t bytes);                     // "12 B", "12 kB", "1.2 MB", "3.4 GB"
std::string LengthText(TimeUs from, TimeUs to);           // "1.2 s"
std::string CountText(uint64_t count, const char* noun);  // "1 turn", "2 turns"

std::string TurnDetail(const sessionise::Turn& turn);
std::string UploadDetail(const sessionise::Upload& upload);
std::string VisitDetail(const sessionise::Visit& visit);

}  // namespace gnomon::inspect
