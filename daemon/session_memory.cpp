#include "daemon/session_memory.h"

#include <sstream>

namespace gateway {
namespace {

constexpr std::size_t kMostFilters = 10'000;

std::string name_of(const MqttOptions& session) { return session.client_id + " " + session.broker; }

}  // namespace

std::vector<std::string> SessionMemory::recall(const MqttOptions& session) {
  session_ = name_of(session);
  const bool is_late = !filters_.empty();
  read();
  if (is_late) write();
  return {filters_.begin(), filters_.end()};
}

void SessionMemory::read() {
  if (recalled_ || !state_.usable()) return;
  recalled_ = true;
  std::istringstream lines(state_.get(key_).value_or(""));
  std::string line;
  if (!std::getline(lines, line) || line != session_) return;
  while (std::getline(lines, line)) filters_.insert(line);
}

void SessionMemory::add(const std::vector<MqttSubscription>& wanted) {
  const auto before = filters_.size();
  if (before > kMostFilters) filters_.clear();  // of many configurations: the oldest are long gone
  for (const auto& each : wanted) filters_.insert(each.filter);
  if (filters_.size() != before) write();
}

void SessionMemory::set(const std::vector<MqttSubscription>& wanted) {
  std::set<std::string> filters;
  for (const auto& each : wanted) filters.insert(each.filter);
  if (filters == filters_) return;
  filters_ = std::move(filters);
  write();
}

void SessionMemory::follow(const MqttOptions& session) {
  if (name_of(session) == session_) return;
  session_ = name_of(session);
  write();
}

void SessionMemory::forget() {
  filters_.clear();
  static_cast<void>(state_.erase(key_));
}

// A store that takes nothing at the moment leaves stale subscriptions to be forgotten: their
// messages are counted as unmatched.
void SessionMemory::write() {
  read();
  if (!recalled_) return;
  std::string text = session_;
  for (const auto& filter : filters_) text += "\n" + filter;
  static_cast<void>(state_.put(key_, text));
}

}  // namespace gateway
