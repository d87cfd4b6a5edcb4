#include "daemon/queue_requests.h"

#include <algorithm>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.h"
#include "base/clock.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// Of one answer: what the loop spends on it, and far less than a reply may have.
constexpr std::size_t kMostItems = 1'000;
constexpr std::size_t kMostBytes = 512 * 1024;

void write(Writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(Writer& json, const char* key, std::string_view text) {
  json.Key(key);
  write(json, text);
}

void write(Writer& json, const char* key, std::uint64_t number) {
  json.Key(key);
  json.Uint64(number);
}

std::string text_of(const rapidjson::StringBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

/// Control characters would take six times their size.
bool is_plain_text(std::string_view text) {
  const bool controls = std::any_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return !controls && webpubsub::is_valid_utf8(text);
}

void write_figures(Writer& json, const char* key, const QueueFigures& figures) {
  json.Key(key);
  json.StartObject();
  write(json, "messages", figures.messages);
  write(json, "bytes", figures.bytes);
  write(json, "oldest_age_ms", static_cast<std::uint64_t>(figures.oldest_age.count()));
  json.EndObject();
}

QueueFigures figures_of(const Quarantine* quarantine) {
  if (quarantine == nullptr || quarantine->batches() == 0) return {};
  const auto now = webpubsub::unix_milliseconds(webpubsub::wall_now());
  return {.messages = quarantine->samples(),
          .bytes = quarantine->bytes(),
          .oldest_age =
              std::chrono::milliseconds(std::max<std::int64_t>(now - quarantine->oldest(), 0))};
}

std::string list(const Uplink& uplink) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("rules");
  json.StartArray();
  for (const auto& queues : uplink.queues()) {
    json.StartObject();
    write(json, "rule", queues.rule);
    json.Key("removed");
    json.Bool(queues.removed);
    write_figures(json, "memory", queues.memory);
    write_figures(json, "disk", queues.disk);
    json.EndObject();
  }
  json.EndArray();
  write_figures(json, "quarantine", figures_of(uplink.quarantine()));
  json.EndObject();
  return text_of(buffer);
}

void write_item(Writer& json, const WaitingItem& item) {
  json.StartObject();
  write(json, "rule", item.rule);
  write(json, "number", item.number);
  json.Key("time");
  json.Int64(item.time);
  if (item.group.empty()) {
    write(json, "topic", item.topic);
    write(json, "qos", std::uint64_t{item.qos});
    json.Key("retained");
    json.Bool(item.retained);
  } else {
    write(json, "group", item.group);
    write(json, "readings", item.samples);
  }
  if (is_plain_text(item.payload)) {
    write(json, "payload", item.payload);
  } else {
    write(json, "payload_base64", webpubsub::base64_encode(item.payload));
  }
  json.EndObject();
}

Result<std::string> read(const Uplink& uplink, const QueueRequest& request) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("items");
  json.StartArray();
  const auto most = std::min<std::uint64_t>(request.limit, kMostItems);
  std::uint64_t items = 0;
  std::uint64_t last = request.after;
  bool more = false;
  const bool known =
      uplink.look_at_queue(request.rule, request.place, request.after, [&](const auto& item) {
        more = items == most || buffer.GetSize() > kMostBytes;
        if (more) return false;
        write_item(json, item);
        last = item.number;
        ++items;
        return true;
      });
  if (!known && request.place != QueuePlace::Quarantine) {
    return Error{Errc::NotFound, "rule " + request.rule + " has no such queue"};
  }
  json.EndArray();
  write(json, "last", last);
  json.Key("more");
  json.Bool(more);
  json.EndObject();
  return text_of(buffer);
}

std::string_view name_of(DrainFigures::State state) {
  switch (state) {
    case DrainFigures::State::Running:
      return "running";
    case DrainFigures::State::Done:
      return "done";
    case DrainFigures::State::Ended:
      return "ended";
    case DrainFigures::State::Replaced:
      return "replaced";
  }
  return "ended";
}

std::string drain_data(const DrainFigures& drain, bool online) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  write(json, "drain", drain.number);
  write(json, "state", name_of(drain.state));
  write(json, "sent", drain.sent);
  write(json, "waiting", drain.waiting);
  json.Key("online");
  json.Bool(online);
  json.EndObject();
  return text_of(buffer);
}

Result<std::string> drain(Uplink& uplink, const QueueRequest& request) {
  if (request.end) return drain_data(uplink.end_drain(request.drain), uplink.is_online());
  if (request.drain > 0) {
    return drain_data(uplink.look_at_drain(request.drain), uplink.is_online());
  }
  switch (uplink.begin_drain(request.rule)) {
    case QueueDrain::Begun::Yes:
      break;
    case QueueDrain::Begun::Busy:
      return Error{Errc::Unavailable, "the queue of another rule is being drained; try again"};
    case QueueDrain::Begun::RemovedRule:
      return Error{Errc::NotFound, "rule " + request.rule +
                                       " is not in the configuration: nobody knows where to send"
                                       " what is on disk; put it back, or export and purge it"};
    case QueueDrain::Begun::UnknownRule:
      return Error{Errc::NotFound, "no rule " + request.rule + " is known here"};
  }
  return drain_data(uplink.look_at_drain(uplink.drain_number()), uplink.is_online());
}

std::string purged(std::uint64_t count) { return "{\"purged\":" + std::to_string(count) + "}"; }

}  // namespace

void answer_queue_request(Uplink& uplink, const QueueRequest& request,
                          const std::function<void(Result<std::string> data)>& done) {
  if (request.action == QueueRequest::Action::List) return done(list(uplink));
  if (request.action == QueueRequest::Action::Read) return done(read(uplink, request));
  if (request.action == QueueRequest::Action::Drain) return done(drain(uplink, request));
  if (request.place == QueuePlace::Quarantine) {
    const auto count = uplink.purge_quarantine();
    return done(count ? Result<std::string>(purged(*count)) : count.error());
  }
  const auto begun =
      uplink.purge(request.rule, [done](std::uint64_t count) { done(purged(count)); });
  if (begun == Uplink::PurgeBegun::Yes) return;
  const bool busy = begun == Uplink::PurgeBegun::Busy;
  done(busy ? Error{Errc::Unavailable, "another queue is being purged; try again"}
            : Error{Errc::NotFound, "no rule " + request.rule + " is known here"});
}

}  // namespace gateway
