#include "daemon/link_record.h"

namespace gateway {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using webpubsub::TimePoint;

std::string code_words(const webpubsub::Error& why) {
  return why.service_code == 0 ? std::string() : std::to_string(why.service_code);
}

std::string reason_word(const webpubsub::Error& why) {
  return std::string(to_string(close_reason(why)));
}

void LinkRecord::went_up(TimePoint now) {
  if (told_.up) return;
  told_.up = true;
  told_.paused = false;
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

void LinkRecord::went_down(const webpubsub::Error& why, std::optional<milliseconds> retry_in,
                           TimePoint now, webpubsub::WallTime at) {
  if (told_.up) {
    const auto reason = close_reason(why);
    ++closes_.at(static_cast<std::size_t>(reason));
    const int code = webpubsub::is_close(why) ? why.service_code : 0;
    told_.last_close = LastClose{.reason = reason_word(why),
                                 .code = code,
                                 .name = std::string(webpubsub::close_code_name(code)),
                                 .words = why.message,
                                 .at = at};
  }
  went_down(why.message, retry_in, now);
}

void LinkRecord::paused(const std::string& why, TimePoint now) {
  if (told_.up) down_since_ = now;
  if (!told_.paused) ++told_.pauses;
  told_.up = false;
  told_.paused = true;
  told_.last_error = why;
  attempt_at_.reset();
}

void LinkRecord::resumed(TimePoint now) {
  told_.paused = false;
  attempt_at_ = now;
}

std::optional<milliseconds> LinkRecord::down_for(TimePoint now) const {
  if (told_.up) return std::nullopt;
  return duration_cast<milliseconds>(now - down_since_);
}

LinkSnapshot LinkRecord::snapshot(TimePoint now) const {
  auto link = told_;
  for (std::size_t i = 0; tells_reasons_ && i < closes_.size(); ++i) {
    link.disconnects_by.emplace_back(to_string(static_cast<webpubsub::CloseReason>(i)), closes_[i]);
  }
  link.down_for = down_for(now).value_or(milliseconds(0));
  link.down_total += link.down_for;
  if (attempt_at_ && *attempt_at_ > now) {
    link.retry_in = duration_cast<milliseconds>(*attempt_at_ - now);
  }
  return link;
}

}  // namespace gateway
