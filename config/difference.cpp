#include "config/difference.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <openssl/evp.h>

#include "config/document.h"
#include "config/load.h"

namespace gateway::config {
namespace {

/// Keys and their values as text, in the order of the document.
using Flat = std::vector<std::pair<std::string, std::string>>;

std::string in_line(const YamlNode& node) {
  std::string text;
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "null";
    case YamlNode::Kind::Scalar:
      return node.text;
    case YamlNode::Kind::Sequence:
    case YamlNode::Kind::Map:
      for (const auto& item : node.items) {
        if (!text.empty()) text += ", ";
        if (node.kind == YamlNode::Kind::Map) text += item.key + ": ";
        text += in_line(item);
      }
      return node.kind == YamlNode::Kind::Map ? "{" + text + "}" : "[" + text + "]";
  }
  return text;
}

/// The `name` of an item of rules or commands.
const std::string* name_of(const YamlNode& node) {
  const auto name = std::find_if(node.items.begin(), node.items.end(),
                                 [](const auto& member) { return member.key == "name"; });
  return node.kind != YamlNode::Kind::Map || name == node.items.end() ? nullptr : &name->text;
}

void flatten(const YamlNode& node, const std::string& path, Flat& flat) {
  if (node.kind == YamlNode::Kind::Map) {
    for (const auto& member : node.items) {
      flatten(member, path.empty() ? member.key : path + "." + member.key, flat);
    }
    return;
  }
  const bool named = node.kind == YamlNode::Kind::Sequence && !node.items.empty() &&
                     std::all_of(node.items.begin(), node.items.end(),
                                 [](const auto& item) { return name_of(item) != nullptr; });
  if (!named) {
    flat.emplace_back(path, in_line(node));
    return;
  }
  for (const auto& item : node.items) flatten(item, path + "[" + *name_of(item) + "]", flat);
}

Flat flatten(const Settings& settings) {
  std::vector<Problem> problems;
  const auto root = parse_document(describe(settings), "", problems);
  Flat flat;
  if (root) flatten(*root, "", flat);
  // An empty list stands as "[]" where items have names: the items say all there is to say.
  std::erase_if(flat,
                [](const auto& each) { return each.first == "rules" || each.first == "commands"; });
  return flat;
}

/// "rules[climate]" of "rules[climate].qos"; empty for keys that are in no list.
std::string item_of(const std::string& key) {
  const auto end = key.find(']');
  return end == std::string::npos ? "" : key.substr(0, end + 1);
}

using Values = std::map<std::string, std::string, std::less<>>;

bool has_item(const Values& values, const std::string& item) {
  const auto at = values.lower_bound(item);
  return at != values.end() && at->first.starts_with(item);
}

/// Keys that `one` has and `other` has not: an item of a list only once and as a whole.
void tell_lone(const Flat& one, const Values& other, Change::Kind kind,
               std::vector<Change>& changes) {
  std::string told;
  for (const auto& [key, value] : one) {
    if (other.contains(key)) continue;
    const auto item = item_of(key);
    if (item.empty() || has_item(other, item)) {
      const bool added = kind == Change::Kind::Added;
      changes.push_back(
          {Change::Kind::Changed, key, added ? "not set" : value, added ? value : "not set"});
    } else if (item != told) {
      changes.push_back({.kind = kind, .key = item});
      told = item;
    }
  }
}

std::string names_in_order(const std::vector<CommandOptions>& commands) {
  std::string names;
  for (const auto& command : commands) names += (names.empty() ? "" : ", ") + command.name;
  return names;
}

void tell_secret(bool differs, std::string key, std::vector<Change>& changes) {
  if (differs) changes.push_back({.kind = Change::Kind::Secret, .key = std::move(key)});
}

/// What describe() hides of a negotiate endpoint, beside the authorization.
std::string hidden_parts(const Settings& settings) {
  if (!settings.webpubsub.negotiate) return {};
  const auto& negotiate = *settings.webpubsub.negotiate;
  std::string parts = negotiate.url + "\n" + negotiate.body;
  for (const auto& [name, value] : negotiate.headers) parts += "\n" + value;
  return parts;
}

/// Their queries are hidden.
std::vector<std::string> handler_urls(const Settings& settings) {
  std::vector<std::string> urls;
  urls.reserve(settings.hub.event_handlers.size());
  for (const auto& handler : settings.hub.event_handlers) urls.push_back(handler.url_template);
  return urls;
}

void tell_secrets(const Settings& before, const Settings& after, std::vector<Change>& changes) {
  tell_secret(before.mqtt.password != after.mqtt.password, "mqtt.password", changes);
  const auto key = [](const Settings& settings) {
    const auto& source = settings.webpubsub.connection_string;
    return source ? source->access_key : webpubsub::Secret();
  };
  tell_secret(key(before) != key(after), "webpubsub.access_key", changes);
  tell_secret(before.webpubsub.client_access_url != after.webpubsub.client_access_url,
              "webpubsub.client_access_url", changes);
  tell_secret(before.webpubsub.negotiate_authorization != after.webpubsub.negotiate_authorization,
              "webpubsub.negotiate.authorization", changes);
  tell_secret(hidden_parts(before) != hidden_parts(after), "webpubsub.negotiate", changes);
  tell_secret(before.hub.access_keys != after.hub.access_keys, "hub.access_key", changes);
  tell_secret(handler_urls(before) != handler_urls(after), "hub.event_handlers", changes);
  const bool same_proxy = before.webpubsub.proxy == after.webpubsub.proxy;
  if (!same_proxy && !touches(changes, "webpubsub.proxy")) {
    tell_secret(true, "webpubsub.proxy", changes);
  }
}

}  // namespace

std::string Change::text() const {
  switch (kind) {
    case Kind::Added:
      return key + ": added";
    case Kind::Removed:
      return key + ": removed";
    case Kind::Secret:
      return key + ": (changed)";
    case Kind::Changed:
      break;
  }
  const auto shown = [](const std::string& value) { return value.empty() ? "\"\"" : value; };
  return key + ": " + shown(before) + " → " + shown(after);
}

std::vector<Change> difference(const Settings& before, const Settings& after) {
  const Flat old_keys = flatten(before);
  const Flat new_keys = flatten(after);
  const Values old_values(old_keys.begin(), old_keys.end());
  const Values new_values(new_keys.begin(), new_keys.end());
  std::vector<Change> changes;
  for (const auto& [key, value] : new_keys) {
    const auto old = old_values.find(key);
    if (old != old_values.end() && old->second != value) {
      changes.push_back({Change::Kind::Changed, key, old->second, value});
    }
  }
  tell_lone(new_keys, old_values, Change::Kind::Added, changes);
  tell_lone(old_keys, new_values, Change::Kind::Removed, changes);
  // The first command that matches decides, so their order is part of what they do.
  const auto old_order = names_in_order(before.commands);
  const auto new_order = names_in_order(after.commands);
  if (old_order != new_order && !touches(changes, "commands")) {
    changes.push_back({Change::Kind::Changed, "commands", old_order, new_order});
  }
  tell_secrets(before, after, changes);
  return changes;
}

bool touches(const std::vector<Change>& changes, std::string_view key) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    if (!change.key.starts_with(key)) return false;
    if (change.key.size() == key.size()) return true;
    const char next = change.key[key.size()];
    return next == '.' || next == '[';
  });
}

std::string fingerprint(const Settings& settings) {
  const auto text = describe(settings);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (std::size_t i = 0; i < 8; ++i) {
    digits += kDigits[hash[i] >> 4U];
    digits += kDigits[hash[i] & 15U];
  }
  return digits;
}

}  // namespace gateway::config
