#include "daemon/session_memory.h"

#include <sstream>
#include <string_view>

namespace gateway {
namespace {

constexpr std::string_view kKey = "mqtt/session";
constexpr std::size_t kMostFilters = 10'000;

std::string name_of(const MqttOptions& session) { return session.client_id + " " + session.broker; }

}  // namespace

std::vector<std::string> SessionMemory::recall(const MqttOptions& session) {
  session_ = name_of(session);
  filters_.clear();
  std::istringstream lines(state_.get(kKey).value_or(""));
  std::string line;
  if (!std::getline(lines, line) || line != session_) return {};
  while (std::getline(lines, line)) filters_.insert(line);
  return {filters_.begin(), filters_.end()};
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

// A store that takes nothing at the moment leaves stale subscriptions to be forgotten: their
// messages are counted as unmatched.
void SessionMemory::write() {
  std::string text = session_;
  for (const auto& filter : filters_) text += "\n" + filter;
  static_cast<void>(state_.put(kKey, text));
}

}  // namespace gateway
