#include "hub/command_relay.h"

#include <array>

#include "base/random.h"
#include "hub/private_roles.h"
#include "hub/publish.h"
#include "hub/text.h"
#include "webpubsub/protocol/json_scan.h"

namespace webpubsub::hub {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::size_t kMaxInvocations = 1000;
constexpr std::string_view kReplySuffix = "-reply";

/// What the gateway knows these by (bridge/downlink/origin.h, docs/commands.md).
constexpr const char* kInvocation = "gateway-invocation";
constexpr const char* kAsker = "gateway-asker";
constexpr const char* kSender = "gateway-sender";

EventReply refusal(std::string_view name, std::string_view message) {
  return {.success = false, .error_name = std::string(name), .error_message = std::string(message)};
}

std::string text_of(const JsonSlice& value) {
  return value.is_string() ? json_unescape(value.text) : std::string();
}

}  // namespace

EventReply no_event_handler() { return EventReply{.success = false}; }

CommandRelay::CommandRelay(HubContext& context)
    : context_(context), timer_(context.loop, [this] { end_overdue(); }) {}

bool CommandRelay::wants(const ClientEvent& event) const {
  const HubOptions& options = context_.options;
  if (options.command_user.empty() || !equals_ignoring_case(event.hub, options.dashboard_hub)) {
    return false;
  }
  return equals_ignoring_case(event.event, "command") ||
         equals_ignoring_case(event.event, "snapshot") || is_answer(event);
}

/// Those to what others asked than we are an application's.
bool CommandRelay::is_answer(const ClientEvent& event) const {
  if (event.from.user_id() != context_.options.command_user ||
      !event.event.ends_with(kReplySuffix) || event.data.type != DataType::Json) {
    return false;
  }
  constexpr std::array<std::string_view, 2> kNames{"invocation", "asker"};
  std::array<JsonSlice, 2> values{};
  if (scan_json_object(event.data.bytes, kNames, values) != JsonScan::Found) return false;
  const HubConnections* hub = context_.connections.find(event.hub);
  return invocations_.contains(text_of(values[0])) ||
         (hub != nullptr && hub->find(text_of(values[1])) != nullptr);
}

/// The dashboard's own page may see how things stand, even where it may not command.
bool CommandRelay::may_ask(const ClientEvent& event) const {
  if (event.from.has_private_role(kCommandRole)) return true;
  if (!event.from.has_private_role(kDashboardRole) || event.data.type != DataType::Json) {
    return false;
  }
  constexpr std::array<std::string_view, 1> kNames{"type"};
  std::array<JsonSlice, 1> values{};
  return scan_json_object(event.data.bytes, kNames, values) == JsonScan::Found &&
         text_of(values[0]) == "snapshot";
}

EventReply CommandRelay::relay(const ClientEvent& event, std::string_view invocation) {
  if (!may_ask(event)) {
    return refusal("Forbidden", "The client does not have permission to send commands.");
  }
  HubConnections* hub = context_.connections.find(event.hub);
  const Members* gateways = hub == nullptr ? nullptr : hub->user(context_.options.command_user);
  if (gateways == nullptr) return refusal("NotFound", "The gateway is not connected.");
  ServerMessage asked{.data = event.data};
  if (!event.from.user_id().empty()) asked.metadata.emplace_back(kSender, event.from.user_id());
  if (invocation.empty()) {
    asked.metadata.emplace_back(kAsker, event.from.id());
  } else {
    asked.metadata.emplace_back(kInvocation, invocation);
  }
  SharedMessage message(std::move(asked));
  deliver_to_members(context_, gateways, message, {});
  return {};
}

void CommandRelay::on_user_event(const ClientEvent& event, EventResponder respond) {
  if (is_answer(event)) {
    pass_back(event);
    respond({});
    return;
  }
  if (!event.invoked) {
    respond(relay(event, {}));
    return;
  }
  if (invocations_.size() >= kMaxInvocations) {
    respond(refusal("TooManyRequests", "Too many invocations await their answer."));
    return;
  }
  const auto id = random_id();
  auto reply = relay(event, id);
  if (!reply.success) {
    respond(std::move(reply));
    return;
  }
  invocations_.emplace(id, std::move(respond));
  const auto due = steady_now() + kPatience;
  if (overdue_.empty()) timer_.start_at(due);
  overdue_.push_back({.due = due, .invocation = id});
}

void CommandRelay::pass_back(const ClientEvent& event) {
  constexpr std::array<std::string_view, 2> kNames{"invocation", "asker"};
  std::array<JsonSlice, 2> values{};
  static_cast<void>(scan_json_object(event.data.bytes, kNames, values));
  if (auto node = invocations_.extract(text_of(values[0])); !node.empty()) {
    node.mapped()({.data = event.data});
    return;
  }
  HubConnections* hub = context_.connections.find(event.hub);
  Connection* asker = hub == nullptr ? nullptr : hub->find(text_of(values[1]));
  if (asker == nullptr) return;
  SharedMessage message(ServerMessage{.data = event.data});
  deliver_to_one(context_, *asker, message);
}

void CommandRelay::end_overdue() {
  const auto now = steady_now();
  while (!overdue_.empty() && overdue_.front().due <= now) {
    auto node = invocations_.extract(overdue_.front().invocation);
    overdue_.pop_front();
    if (!node.empty()) node.mapped()(refusal("Timeout", "The gateway did not answer."));
  }
  if (!overdue_.empty()) timer_.start_at(overdue_.front().due);
}

}  // namespace webpubsub::hub
