#include "fleet/crowd/virtual_device.h"

#include <utility>
#include <vector>

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
    const std::vector<sessionise::Visit> slices = VisitsOn(options_.persona, day);
    for (const sessionise::Visit& slice : slices) {
      anonymiser.Consume(slice);
      truth_.Add(slice, table_->service(slice.service).id());
    }
    // On a day without use the laptop stays shut, so that weeks pass quickly (a freeze is an fsync);
    // the last day is frozen whatever it brought: a visit may have come over midnight.
    if (slices.empty() && day + 1 != end) continue;
    clock.Set((static_cast<TimeUs>(day) + 1) * 86'400 * kSecondUs - kSecondUs);
    GNOMON_RETURN_IF_ERROR(spool_->Freeze(clock.Now()).status());
  }
  return Status::Ok();
}

}  // namespace gnomon::fleet
