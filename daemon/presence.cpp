#include "daemon/presence.h"

#include <algorithm>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/build_info.h"

namespace gateway {

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::Starting:
      return "starting";
    case RunState::Running:
      return "online";
    case RunState::Stopping:
      return "stopping";
    case RunState::Stopped:
      return "offline";
  }
  return "unknown";
}

void write_rule(Writer& json, const RuleSnapshot& rule) {
  json.StartObject();
  json.Key("name");
  write(json, rule.name);
  json.Key("received");
  json.Uint64(rule.received);
  json.Key("forwarded");
  json.Uint64(rule.forwarded);
  json.Key("filtered");
  json.Uint64(rule.filtered);
  json.Key("dropped");
  json.Uint64(rule.dropped_total());
  json.Key("pending");
  json.Uint64(rule.pending);
  json.EndObject();
}

}  // namespace

std::string birth_message(const std::string& gateway_id, const std::vector<std::string>& rules,
                          bool online) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("state");
  json.String(online ? "online" : "offline");
  json.Key("gateway");
  write(json, gateway_id);
  json.Key("version");
  write(json, build_info().version);
  json.Key("rules");
  json.StartArray();
  for (const auto& rule : rules) write(json, rule);
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string presence_message(const GatewaySnapshot& snapshot, std::chrono::milliseconds interval) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("type");
  json.String("gateway-status");
  json.Key("v");
  json.Int(1);
  json.Key("gateway");
  write(json, snapshot.gateway_id);
  json.Key("version");
  write(json, build_info().version);
  json.Key("state");
  write(json, to_string(snapshot.state));
  json.Key("uptime_s");
  json.Int64(std::chrono::duration_cast<std::chrono::seconds>(snapshot.uptime).count());
  for (const auto& link : snapshot.links) {
    json.Key(link.name == "cloud" ? "service" : link.name.c_str());
    json.String(link.up ? "connected" : link.paused ? "paused" : "disconnected");
  }
  json.Key("rules");
  json.StartArray();
  for (const auto& rule : snapshot.rules) write_rule(json, rule);
  json.EndArray();
  json.Key("interval_s");
  json.Double(std::chrono::duration<double>(interval).count());
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Presence::Presence(webpubsub::net::EventLoop& loop, PresenceOptions options,
                   webpubsub::Client& client, std::function<GatewaySnapshot()> snapshot)
    : options_(std::move(options)),
      client_(client),
      snapshot_(std::move(snapshot)),
      timer_(loop, [this] { announce(); }) {}

void Presence::announce() {
  if (options_.group.empty()) return;
  timer_.start_after(options_.interval);
  send(snapshot_());
}

void Presence::announce_end() {
  if (options_.group.empty()) return;
  timer_.cancel();
  auto snapshot = snapshot_();
  snapshot.state = RunState::Stopped;
  send(snapshot);
}

void Presence::send(const GatewaySnapshot& snapshot) {
  // The next one tells what this one would have: an answer other than Accepted needs no care.
  static_cast<void>(client_.send_to_group(options_.group, webpubsub::DataType::Json,
                                          presence_message(snapshot, options_.interval),
                                          {.no_echo = true, .acknowledged = false}, {}));
}

}  // namespace gateway
