// Every field of a record in words: its value, what it is for, how long it is kept. The words are those of
// proto/gnomon/v1/record.proto, read from the compiled descriptors, so that they cannot be of another version; Chinese from
// agent/commands/chinese.h.
#pragma once

#include <string>

#include "agent/commands/language.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::agent {

// Fields that hold nothing are left out: they are not on the wire either. One line a field, indented.
std::string ExplainRecord(const v1::UsageRecord& record, Language language);

}  // namespace gnomon::agent
