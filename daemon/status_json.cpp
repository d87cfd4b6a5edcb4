#include "daemon/status_json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/build_info.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"
#include "daemon/status_text.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;

class Json {
 public:
  void open(std::string_view key) {
    name(key);
    json_.StartObject();
  }
  void open() { json_.StartObject(); }
  void close() { json_.EndObject(); }
  void open_list(std::string_view key) {
    name(key);
    json_.StartArray();
  }
  void close_list() { json_.EndArray(); }

  void put(std::string_view key, std::string_view text) {
    name(key);
    string(valid_utf8(text));
  }
  void put(std::string_view key, std::uint64_t value) {
    name(key);
    json_.Uint64(value);
  }
  void put(std::string_view key, double value) {
    name(key);
    json_.Double(value);
  }
  void put(std::string_view key, milliseconds value) {
    name(key);
    json_.Int64(value.count());
  }
  void flag(std::string_view key, bool value) {
    name(key);
    json_.Bool(value);
  }
  void null(std::string_view key) {
    name(key);
    json_.Null();
  }
  void put(std::string_view key, const Tally& tally) {
    open(key);
    for (const auto& [what, count] : tally) put(what, count);
    close();
  }

  void put(std::string_view key, const std::vector<std::string>& texts) {
    open_list(key);
    for (const auto& text : texts) string(valid_utf8(text));
    close_list();
  }

  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void string(std::string_view text) {
    json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void name(std::string_view key) {
    json_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  }

  rapidjson::StringBuffer buffer_{};
  rapidjson::Writer<rapidjson::StringBuffer> json_{buffer_};
};

void write(Json& json, const LinkSnapshot& link) {
  json.open();
  json.put("name", link.name);
  json.flag("up", link.up);
  json.flag("paused", link.paused);
  json.put("connects", link.connects);
  json.put("disconnects", link.disconnects);
  json.put("failed_connects", link.failed_connects);
  json.put("pauses", link.pauses);
  json.put("down_for_ms", link.up ? milliseconds(0) : link.down_for);
  json.put("down_total_ms", link.down_total);
  if (link.retry_in) {
    json.put("retry_in_ms", *link.retry_in);
  } else {
    json.null("retry_in_ms");
  }
  json.put("last_error", link.last_error);
  if (link.last_close) {
    json.open("last_close");
    json.put("reason", link.last_close->reason);
    json.put("code", static_cast<std::uint64_t>(link.last_close->code));
    json.put("name", link.last_close->name);
    json.put("words", link.last_close->words);
    json.put("at", utc_timestamp(link.last_close->at));
    json.close();
  } else {
    json.null("last_close");
  }
  json.put("disconnects_by", link.disconnects_by);
  if (link.heard_ago) {
    json.put("heard_ago_ms", *link.heard_ago);
  } else {
    json.null("heard_ago_ms");
  }
  json.put("unanswered", link.unanswered);
  json.put("oldest_unanswered_ms", link.oldest_unanswered);
  json.close();
}

void write(Json& json, const RuleSnapshot& rule) {
  json.open();
  json.put("name", rule.name);
  json.put("mode", rule.mode);
  json.put("received", rule.received);
  json.put("forwarded", rule.forwarded);
  json.put("filtered", rule.filtered);
  json.put("filtered_by", rule.filtered_by);
  json.put("dropped", rule.dropped_total());
  json.put("dropped_by", rule.dropped);
  json.put("pending", rule.pending);
  json.flag("refused", rule.refused);
  json.flag("durable", rule.durable);
  json.put("restored", rule.restored);
  json.put("on_disk", rule.on_disk);
  json.flag("adds_up", rule.adds_up());
  json.put("frames", rule.frames);
  json.put("sent_bytes", rule.sent_bytes);
  json.close();
}

void write(Json& json, const QueueSnapshot& queue) {
  json.open();
  json.put("name", queue.name);
  json.put("messages", queue.messages);
  json.put("bytes", queue.bytes);
  json.put("max_messages", queue.max_messages);
  json.put("max_bytes", queue.max_bytes);
  json.put("oldest_age_ms", queue.oldest_age);
  if (queue.time_to_full) {
    json.put("time_to_full_ms", *queue.time_to_full);
  } else {
    json.null("time_to_full_ms");
  }
  json.close();
}

template <class List>
void write_list(Json& json, std::string_view key, const List& list) {
  json.open_list(key);
  for (const auto& one : list) write(json, one);
  json.close_list();
}

void write_governor(Json& json, const GovernorSnapshot& governor) {
  json.open("governor");
  json.put("frame_rate", governor.frame_rate);
  json.put("billed_today", governor.billed_today);
  json.put("held", governor.held);
  json.put("throttled", governor.throttled);
  json.close();
}

void write_store(Json& json, const StoreSnapshot& store) {
  json.open("store");
  json.flag("open", store.open);
  json.flag("usable", store.usable);
  json.put("trouble", store.trouble);
  json.put("recoveries", store.recoveries);
  json.put("failures", store.failures);
  json.put("bytes_written", store.bytes_written);
  json.put("bytes_on_disk", store.bytes_on_disk);
  write_list(json, "rules", store.rules);
  json.close();
}

void write(Json& json, const CredentialSnapshot& credential) {
  json.open();
  json.put("link", credential.link);
  if (credential.expires) {
    json.put("expires", utc_timestamp(*credential.expires));
  } else {
    json.null("expires");
  }
  json.close();
}

void write_config(Json& json, const ConfigSnapshot& config) {
  json.open("config");
  json.put("hash", config.hash);
  json.put("reloads", config.reloads);
  json.put("failed_reloads", config.failed_reloads);
  json.flag("last_reload_successful", config.last_reload_successful);
  json.put("last_reload", utc_timestamp(config.last_reload));
  json.put("credential_changes", config.credential_changes);
  json.put("waits_for_restart", config.waits_for_restart);
  json.close();
}

void write_hub(Json& json, const GatewaySnapshot& snapshot) {
  if (!snapshot.hub) return json.null("hub");
  json.open("hub");
  json.put("connections", snapshot.hub->connections);
  json.put("connections_total", snapshot.hub->connections_total);
  json.close();
}

void write_mirror(Json& json, const GatewaySnapshot& snapshot) {
  if (!snapshot.mirror) return json.null("mirror");
  const auto& mirror = *snapshot.mirror;
  json.open("mirror");
  json.flag("up", mirror.up);
  json.put("received", mirror.received);
  json.put("forwarded", mirror.forwarded);
  json.put("filtered", mirror.filtered);
  json.put("dropped", mirror.dropped);
  json.put("pending", mirror.pending);
  json.close();
}

}  // namespace

std::string status_json(const GatewaySnapshot& snapshot) {
  Json json;
  json.open();
  json.put("v", std::uint64_t{1});
  json.put("gateway", snapshot.gateway_id);
  json.put("version", build_info().version);
  json.put("state", state_name(snapshot.state));
  json.put("started", utc_timestamp(snapshot.started));
  json.put("uptime_ms", snapshot.uptime);
  write_list(json, "links", snapshot.links);
  json.open("mqtt");
  json.put("received", snapshot.mqtt_received);
  json.put("dropped_by", snapshot.mqtt_dropped);
  json.close();
  write_list(json, "rules", snapshot.rules);
  write_list(json, "queues", snapshot.queues);
  write_store(json, snapshot.store);
  write_governor(json, snapshot.governor);
  write_list(json, "credentials", snapshot.credentials);
  json.put("commands", snapshot.commands);
  json.put("commands_refused_by", snapshot.commands_refused);
  json.put("commands_received", snapshot.commands_received);
  json.put("commands_pending", snapshot.commands_pending);
  json.put("late_replies", snapshot.late_replies);
  json.put("answers", snapshot.answers);
  json.put("answers_waiting", snapshot.answers_waiting);
  json.put("event_replies", snapshot.event_replies);
  json.put("event_replies_pending", snapshot.event_replies_pending);
  json.put("snapshots", snapshot.snapshots);
  json.put("last_values", snapshot.last_values);
  json.put("devices", snapshot.devices);
  json.put("control", snapshot.control);
  write_config(json, snapshot.config);
  write_hub(json, snapshot);
  write_mirror(json, snapshot);
  json.close();
  return json.take();
}

}  // namespace gateway
