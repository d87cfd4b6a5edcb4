#include "bridge/uplink/kept_thinning.h"

#include <algorithm>
#include <vector>

#include "base/clock.h"

namespace gateway {

namespace {

constexpr auto kPause = std::chrono::minutes(5);
constexpr const char* kPrefix = "thin/";

std::int64_t clock_offset() {
  const auto steady = webpubsub::steady_now().time_since_epoch();
  return webpubsub::unix_milliseconds(webpubsub::wall_now()) -
         std::chrono::duration_cast<std::chrono::milliseconds>(steady).count();
}

/// Of a rule that thins as it does: what was known for other settings is of no use.
std::string key_of(const std::string& rule, const ThinOptions& options) {
  std::string key = kPrefix + rule + '/' + options.per + '/';
  for (const auto& band : options.deadband) key += band.field + ' ';
  key += '/';
  for (const auto& field : options.on_change) key += field + ' ';
  return key;
}

}  // namespace

KeptThinning::KeptThinning(webpubsub::net::EventLoop& loop, State& state)
    : state_(state), timer_(loop, [this] {
        save();
        timer_.start_after(kPause);
      }) {}

void KeptThinning::start(RuleLines& lines) {
  lines_ = &lines;
  lines.each_thinner([this](const std::string& rule, Thinner& thinner) {
    const auto saved = state_.get(key_of(rule, thinner.options()));
    if (saved) thinner.restore(*saved, clock_offset());
  });
  timer_.start_after(kPause);
}

void KeptThinning::save() {
  if (lines_ == nullptr) return;
  State::Batch batch;
  bool changed = false;
  std::vector<std::string> keys;
  lines_->each_thinner([&](const std::string& rule, Thinner& thinner) {
    keys.push_back(key_of(rule, thinner.options()));
    if (!thinner.is_unsaved()) return;
    batch.put(keys.back(), thinner.save(clock_offset()));
    changed = true;
  });
  // What is kept for rules that are not there any more.
  state_.each(kPrefix, [&](std::string_view key, std::string_view) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      batch.erase(key);
      changed = true;
    }
    return true;
  });
  if (changed) static_cast<void>(state_.write(batch));
}

}  // namespace gateway
