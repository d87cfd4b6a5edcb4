#include "daemon/link_record.h"

namespace gateway {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using webpubsub::TimePoint;

void LinkRecord::went_up(TimePoint now) {
  if (told_.up) return;
  told_.up = true;
  ++told_.connects;
  told_.down_total += duration_cast<milliseconds>(now - down_since_);
  told_.last_error.clear();
  attempt_at_.reset();
}

void LinkRecord::went_down(const std::string& why, std::optional<milliseconds> retry_in,
                           TimePoint now) {
  if (told_.up) {
    told_.up = false;
    ++told_.disconnects;
    down_since_ = now;
  } else {
    ++told_.failed_connects;
  }
  told_.last_error = why;
  attempt_at_.reset();
  if (retry_in) attempt_at_ = now + *retry_in;
}

std::optional<milliseconds> LinkRecord::down_for(TimePoint now) const {
  if (told_.up) return std::nullopt;
  return duration_cast<milliseconds>(now - down_since_);
}

LinkSnapshot LinkRecord::snapshot(TimePoint now) const {
  auto link = told_;
  link.down_for = down_for(now).value_or(milliseconds(0));
  link.down_total += link.down_for;
  if (attempt_at_ && *attempt_at_ > now) {
    link.retry_in = duration_cast<milliseconds>(*attempt_at_ - now);
  }
  return link;
}

}  // namespace gateway
