// Visit -> UsageDelta: everything that names a place or a moment is dropped here.
#pragma once

#include <memory>
#include <utility>

#include "agent/anonymise/usage_delta.h"
#include "agent/sessionise/events.h"
#include "catalogue/table.h"

namespace gnomon::anonymise {

// Local hours that count as working time: [start, end) on Monday to Friday.
struct WorkingHours {
  int start = 7;
  int end = 20;
};

class Anonymiser : public sessionise::SessionSink {
 public:
  Anonymiser(std::shared_ptr<const catalogue::Table> table, WorkingHours hours, UsageSink& next);
  // Goes over to `table`, which was built after the one in use.
  void UseTable(std::shared_ptr<const catalogue::Table> table) { table_ = std::move(table); }
  void UseHours(WorkingHours hours) { hours_ = hours; }
  // Turns and uploads are counted in their visit's slices; only Visit is read.
  void Consume(const sessionise::SessionEvent& event) override;

 private:
  std::shared_ptr<const catalogue::Table> table_;
  WorkingHours hours_;
  UsageSink& next_;
};

}  // namespace gnomon::anonymise
