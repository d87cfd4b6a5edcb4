#include "bridge/rules/decode/sparkplug_nodes.h"

namespace gateway {

namespace {

constexpr auto kRebirthPause = std::chrono::seconds(30);
constexpr std::uint64_t kSequences = 256;

std::string type_key(std::string_view device, std::string_view name) {
  return std::string(device) + '\0' + std::string(name);
}

}  // namespace

void SparkplugNode::begin(std::optional<std::uint64_t> birth_number) {
  alive_ = true;
  birth_number_ = birth_number;
  sequence_.reset();
  aliases_.clear();
  types_.clear();
  devices_.clear();
}

void SparkplugNode::end() {
  alive_ = false;
  devices_.clear();
}

bool SparkplugNode::dies_of(std::optional<std::uint64_t> birth_number) const {
  return !alive_ || !birth_number || !birth_number_ || birth_number == birth_number_;
}

bool SparkplugNode::follows(std::uint64_t sequence) {
  const bool right = !sequence_ || sequence == (*sequence_ + 1) % kSequences;
  sequence_ = sequence;
  return right;
}

void SparkplugNode::add_device(std::string_view device) {
  if (devices_.size() < kMaxDevices) devices_.emplace(device);
}

void SparkplugNode::remove_device(std::string_view device) {
  if (const auto found = devices_.find(device); found != devices_.end()) devices_.erase(found);
}

void SparkplugNode::define(std::uint64_t alias, std::string_view name, std::uint32_t datatype) {
  if (aliases_.size() >= kMaxAliases && !aliases_.contains(alias)) return;
  aliases_.insert_or_assign(alias, Metric{std::string(name), datatype});
}

const SparkplugNode::Metric* SparkplugNode::find(std::uint64_t alias) const {
  const auto found = aliases_.find(alias);
  return found == aliases_.end() ? nullptr : &found->second;
}

std::uint32_t SparkplugNode::type_of(std::string_view device, std::string_view name) const {
  const auto found = types_.find(type_key(device, name));
  return found == types_.end() ? 0 : found->second;
}

void SparkplugNode::set_type(std::string_view device, std::string_view name,
                             std::uint32_t datatype) {
  auto key = type_key(device, name);
  if (types_.size() >= kMaxAliases && !types_.contains(key)) return;
  types_.insert_or_assign(std::move(key), datatype);
}

bool SparkplugNode::may_ask(webpubsub::TimePoint now) {
  if (asked_ && now - *asked_ < kRebirthPause) return false;
  asked_ = now;
  return true;
}

SparkplugNode& SparkplugNodes::find(std::string_view group, std::string_view node) {
  auto name = std::string(group) + '/' + std::string(node);
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    nodes_.splice(nodes_.begin(), nodes_, found->second);
    return nodes_.front().second;
  }
  if (nodes_.size() == kMaxNodes) forget_last();
  nodes_.emplace_front(std::move(name), SparkplugNode{});
  by_name_.emplace(nodes_.front().first, nodes_.begin());
  return nodes_.front().second;
}

void SparkplugNodes::trim() {
  std::size_t metrics = 0;
  for (const auto& [name, node] : nodes_) metrics += node.metrics();
  while (metrics > kMaxMetrics && nodes_.size() > 1) {
    metrics -= nodes_.back().second.metrics();
    forget_last();
  }
}

void SparkplugNodes::forget_last() {
  by_name_.erase(nodes_.back().first);
  nodes_.pop_back();
}

}  // namespace gateway
