#include "hub/webhooks/webhook_settings.h"

#include <algorithm>

#include "base/secret.h"
#include "hub/text.h"
#include "net/http.h"
#include "net/url.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::string_view kHub = "{hub}";
constexpr std::string_view kEvent = "{event}";

Error wrong(const std::string& what) { return {Errc::InvalidArgument, "event handler: " + what}; }

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

Result<void> set_system_events(WebhookSettings& settings, std::string_view names) {
  for (const std::string& name : split(names)) {
    if (equals_ignoring_case(name, "connect")) {
      settings.connect = true;
    } else if (equals_ignoring_case(name, "connected")) {
      settings.connected = true;
    } else if (equals_ignoring_case(name, "disconnected")) {
      settings.disconnected = true;
    } else {
      return wrong("'" + name + "' is no system event; there are connect, connected, disconnected");
    }
  }
  return {};
}

/// Cuts what stands before the next ';' off `text`.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

Result<WebhookSettings> WebhookSettings::parse(std::string_view text) {
  WebhookSettings settings{.user_events = {"*"}};
  std::string_view target = take_part(text);
  const auto equals = target.find('=');
  if (equals < target.find("://")) {
    if (target.substr(0, equals) != "*") settings.hub = target.substr(0, equals);
    if (target.starts_with('=')) return wrong("a hub name is missing before '='");
    target.remove_prefix(equals + 1);
  }
  settings.url_template = target;
  while (!text.empty()) {
    const std::string_view part = take_part(text);
    if (part.starts_with("user=")) {
      settings.user_events = split(part.substr(5));
    } else if (part.starts_with("system=")) {
      if (auto set = set_system_events(settings, part.substr(7)); !set) return set.error();
    } else {
      return wrong("behind the URL come user=NAMES and system=NAMES only; write its ';' as %3B");
    }
  }
  if (auto checked = settings.check(); !checked) return checked.error();
  return settings;
}

Result<void> WebhookSettings::check() const {
  if (!hub.empty() && !is_valid_hub_name(hub)) return wrong("'" + hub + "' is no valid hub name");
  const std::string shown = redact_url(url_template);
  const std::string example = url("hub", "event");
  if (example.find_first_of("{}") != std::string::npos) {
    return wrong("a URL knows {hub} and {event} only: " + shown);
  }
  const auto scheme = url_template.find("://");
  const auto path = scheme == std::string::npos ? scheme : url_template.find('/', scheme + 3);
  if (url_template.find('{') < path) return wrong("the host of a URL is fixed: " + shown);
  auto parsed = net::parse_url(example, "http", "https");
  if (!parsed) return wrong(parsed.error().message);
  for (const std::string& name : user_events) {
    if (name != "*" && !is_valid_event_name(name)) {
      return wrong("'" + name + "' is no valid event name");
    }
  }
  if (user_events.empty() && !connect && !connected && !disconnected) {
    return wrong("no event goes to " + shown);
  }
  return {};
}

bool WebhookSettings::is_for(std::string_view canonical_hub) const {
  return hub.empty() || equals_ignoring_case(hub, canonical_hub);
}

bool WebhookSettings::wants_user_event(std::string_view name) const {
  return std::any_of(user_events.begin(), user_events.end(), [name](const std::string& wanted) {
    return wanted == "*" || equals_ignoring_case(wanted, name);
  });
}

std::string WebhookSettings::url(std::string_view hub_name, std::string_view event) const {
  std::string expanded = url_template;
  // Escaped values have no braces, so neither can bring in the other's place.
  replace_all(expanded, kHub, net::percent_encode(hub_name));
  replace_all(expanded, kEvent, net::percent_encode(event));
  return expanded;
}

}  // namespace webpubsub::hub
