#include "agent/live_filter.h"

#include "agent/capture/kernel_filter.h"

namespace gnomon::agent {
namespace {

capture::FilterScope ScopeOf(classify::InterestScope scope) {
  switch (scope) {
    case classify::InterestScope::kEndpoint:
      return capture::FilterScope::kEndpoint;
    case classify::InterestScope::kFlow:
      return capture::FilterScope::kFlow;
    case classify::InterestScope::kAddress:
      break;
  }
  return capture::FilterScope::kAddress;
}

}  // namespace

capture::FilterSet FilterSetOf(const classify::AddressesOfInterest& interests) {
  capture::FilterSet set;
  std::vector<capture::FilterRule> unwanted;
  interests.ForEach([&](const classify::Interest& what, bool wanted) {
    (wanted ? set.rules : unwanted)
        .push_back({what.address.bytes, what.port, ScopeOf(what.scope), wanted});
  });
  set.everything = interests.everything() || set.rules.size() > capture::kMaxFilterRules;
  if (set.everything) {
    set.rules.clear();
  } else if (set.rules.size() + unwanted.size() <= capture::kMaxFilterRules) {
    set.rules.insert(set.rules.end(), unwanted.begin(), unwanted.end());
  }
  return set;
}

LiveFilter::LiveFilter(boost::asio::io_context& loop, LiveCapture& capture,
                       const classify::AddressesOfInterest& interests, bool enabled)
    : capture_(capture), interests_(interests), enabled_(enabled), timer_(loop) {}

void LiveFilter::Update() {
  if (!enabled_ || waiting_ || interests_.generation() == applied_) return;
  if (std::chrono::steady_clock::now() >= next_) return Apply();
  waiting_ = true;
  timer_.expires_at(next_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    waiting_ = false;
    if (!error) Apply();
  });
}

void LiveFilter::Apply() {
  applied_ = interests_.generation();
  next_ = std::chrono::steady_clock::now() + kPause;
  capture_.Follow(FilterSetOf(interests_));
}

}  // namespace gnomon::agent
