#include "config/section.h"

#include <algorithm>

#include "config/suggest.h"

namespace gateway::config {
namespace {

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

}  // namespace

Section::Section(Reading& reading, const YamlNode& root)
    : self_(reading, &root, "", "", Place{1, 1}) {}

const YamlNode* Section::find(std::string_view key) const {
  if (!given() || flawed_) return nullptr;
  const auto& members = self_.node_->items;
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const YamlNode& member) { return member.key == key; });
  return found == members.end() ? nullptr : &*found;
}

Value Section::at(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  auto pattern = join(self_.pattern_, key);
  Reading& reading = *self_.reading_;
  if (reading.keys != nullptr) reading.keys->insert(pattern);
  const YamlNode* node = nullptr;
  Place place = self_.place_;
  if (const YamlNode* const found = find(key)) {
    node = found;
    // The parser places a null wherever the next thing stands.
    place = node->kind == YamlNode::Kind::Null ? node->key_place : node->place;
  }
  return {reading, node, join(self_.path_, key), std::move(pattern), place};
}

Value Section::required(std::string_view key, std::string_view example) {
  Value value = at(key);
  if (!value.given() && !value.refused_ && !flawed_) {
    value.report("required, such as " + std::string(example));
  }
  return value;
}

void Section::refuse(std::string_view key, const std::string& message) {
  asked_.push_back(key);
  const YamlNode* const found = find(key);
  if (found == nullptr) return;
  Value(*self_.reading_, nullptr, join(self_.path_, key), "", found->key_place).report(message);
}

void Section::finish() const {
  if (!given() || flawed_) return;
  for (const auto& member : self_.node_->items) {
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    const Value unknown(*self_.reading_, nullptr, join(self_.path_, shown_key(member.key)), "",
                        member.key_place);
    if (member.kind == YamlNode::Kind::Null && member.key.find(' ') != std::string::npos) {
      unknown.report("a ':' is missing between key and value");
      continue;
    }
    auto meant = suggestion(member.key, asked_);
    if (meant.empty()) meant = "; known here: " + list_of(asked_, "and");
    unknown.report("unknown key" + meant);
  }
}

}  // namespace gateway::config
