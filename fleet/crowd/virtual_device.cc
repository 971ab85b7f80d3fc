#include "fleet/crowd/virtual_device.h"

#include <utility>

#include "agent/anonymise/anonymiser.h"

namespace gnomon::fleet {

VirtualDevice::VirtualDevice(VirtualDeviceOptions options,
                             std::shared_ptr<const catalogue::Table> table)
    : options_(std::move(options)), table_(std::move(table)) {}

Status VirtualDevice::Open() {
  GNOMON_ASSIGN_OR_RETURN(
      spool_, spool::Spool::Open(options_.folder / "spool.db", options_.department, {}));
  return Status::Ok();
}

Status VirtualDevice::Live(Day first, Day end) {
  anonymise::Anonymiser anonymiser(table_, anonymise::WorkingHours{}, *spool_);
  ManualClock clock(0);
  for (Day day = first; day < end; ++day) {
    for (const sessionise::Visit& slice : VisitsOn(options_.persona, day)) {
      anonymiser.Consume(slice);
      truth_.Add(slice, table_->service(slice.service).id());
    }
    clock.Set((static_cast<TimeUs>(day) + 1) * 86'400 * kSecondUs - kSecondUs);
    GNOMON_RETURN_IF_ERROR(spool_->Freeze(clock.Now()).status());
  }
  return Status::Ok();
}

}  // namespace gnomon::fleet
