// The link of rules that block, while there are any.

#include <algorithm>

#include "daemon/gateway.h"

namespace gateway {

using webpubsub::Result;
using webpubsub::steady_now;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kHandoverLook = 250ms;
constexpr std::chrono::seconds kHandover = 2s;  // for the broker to answer our subscriptions
constexpr std::chrono::seconds kLinger = 15s;   // for what it has kept for the link before

}  // namespace

/// When `settings` need one and there is none: made, not started. Recall::Yes: also when an earlier
/// process left a session, whose rules linger then.
Result<void> Gateway::make_blocking_link(const Settings& settings, Recall recall) {
  const bool needed = std::any_of(settings.rules.begin(), settings.rules.end(), is_blocking);
  auto& state = store_.store().state();
  const auto options = mqtt_options(settings, MqttLinkKind::Blocking);
  const bool recalls = recall == Recall::Yes;
  const auto left =
      recalls ? BlockingLink::left_subscriptions(state, options) : std::vector<std::string>();
  if (recalls && (needed || !left.empty())) {
    auto common = session_.subscriptions();
    for (const auto& each : subscriptions()) std::erase(common, each.filter);
    uplink_->linger(common, left);
  }
  if (blocking_link_ || (!needed && left.empty())) return {};
  auto link = BlockingLink::create({loop_, log_, state, *uplink_, *tee_}, options);
  if (!link) return link.error();
  blocking_link_ = std::move(*link);
  return {};
}

// One that is not needed any more fetches what the broker has kept, and goes.
void Gateway::subscribe_blocking() {
  if (!blocking_link_) return;
  blocking_link_->set_subscriptions(subscriptions(MqttLinkKind::Blocking), [this] {
    loop_.defer([this] {
      if (blocking_link_ && blocking_link_->is_retired()) blocking_link_.reset();
    });
  });
  if (phase_ == Phase::Running) blocking_link_->start();
}

/// The rules have changed: those that go by the other link now are subscribed to by both, until
/// either has had the time.
void Gateway::begin_handover() {
  handover_since_.reset();
  hands_over_ = uplink_->lingers();
  if (hands_over_) handover_.start_after(kHandoverLook);
}

void Gateway::look_at_handover() {
  if (!uplink_->lingers()) return;
  const auto now = steady_now();
  const bool up = mqtt_link_.up() && (!blocking_link_ || blocking_link_->record().up());
  if (!up) handover_since_.reset();
  if (up && !handover_since_) handover_since_ = now;
  const auto lasted = up ? now - *handover_since_ : webpubsub::TimePoint::duration(0);
  if (lasted >= kHandover && std::exchange(hands_over_, false)) subscribe();
  if (lasted >= kLinger && (!blocking_link_ || !blocking_link_->is_retiring())) {
    uplink_->end_linger();
    if (mirror_) mirror_->end_linger();
  } else {
    handover_.start_after(kHandoverLook);
  }
}

void Gateway::stop_links(std::function<void()> done) {
  auto end_common = [this, done = std::move(done)] {
    engine_->stop([done](const Result<void>&) { done(); });
  };
  if (!blocking_link_) {
    end_common();
    return;
  }
  blocking_link_->stop([end_common](const Result<void>&) { end_common(); });
}

}  // namespace gateway
