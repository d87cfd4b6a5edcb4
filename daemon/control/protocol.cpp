#include "daemon/control/protocol.h"

#include <array>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/logging/words.h"

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr std::array<std::string_view, 6> kVerbs{"status", "diag",  "log-level",
                                                 "reload", "queue", "trace"};
constexpr std::array<std::string_view, 4> kActions{"list", "read", "purge", "drain"};
constexpr std::array<std::string_view, 3> kPlaces{"memory", "disk", "quarantine"};
constexpr std::array<std::string_view, kControlCodes> kCodes{
    "ok", "forbidden", "malformed", "unsupported", "busy", "timeout", "failed"};

// A day of debug level is a gateway forgotten.
constexpr std::int64_t kMaxDurationMs = 24LL * 60 * 60 * 1000;

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

void write(Writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string line_of(const rapidjson::StringBuffer& buffer) {
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

std::string_view text_of(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd() || !member->value.IsString()) return {};
  return {member->value.GetString(), member->value.GetStringLength()};
}

bool flag_of(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  return member != object.MemberEnd() && member->value.IsTrue();
}

bool is_our_version(const rapidjson::Value& object) {
  const auto member = object.FindMember("v");
  return member != object.MemberEnd() && member->value.IsInt() &&
         member->value.GetInt() == kControlVersion;
}

/// The object of `line`; iterative, so that nesting costs no stack.
bool read_object(rapidjson::Document& document, std::string_view line) {
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      line.data(), line.size());
  return !document.HasParseError() && document.IsObject();
}

Error malformed(std::string words) { return {Errc::InvalidArgument, std::move(words)}; }

Result<void> read_level(const rapidjson::Value& object, ControlRequest& request) {
  const auto level = parse_level(text_of(object, "level"));
  if (!level) return malformed("log-level: error, warning, notice, info or debug expected");
  request.level = *level;
  const auto duration = object.FindMember("for_ms");
  if (duration == object.MemberEnd()) return {};
  if (!duration->value.IsInt64() || duration->value.GetInt64() < 1 ||
      duration->value.GetInt64() > kMaxDurationMs) {
    return malformed("log-level: a duration of 1ms to 24h expected");
  }
  request.duration = std::chrono::milliseconds(duration->value.GetInt64());
  return {};
}

/// 0 for what is no such number.
std::uint64_t number_of(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  return member != object.MemberEnd() && member->value.IsUint64() ? member->value.GetUint64() : 0;
}

Result<void> read_drain(const rapidjson::Value& object, QueueRequest& queue) {
  queue.rule = text_of(object, "rule");
  if (queue.rule.empty()) return malformed("queue: a rule expected");
  queue.drain = number_of(object, "drain");
  queue.end = flag_of(object, "end");
  return {};
}

Result<void> read_queue(const rapidjson::Value& object, QueueRequest& queue) {
  const auto action = find_name<QueueRequest::Action>(kActions, text_of(object, "action"));
  if (!action) return malformed("queue: list, read, purge or drain expected as action");
  queue.action = *action;
  if (queue.action == QueueRequest::Action::List) return {};
  if (queue.action == QueueRequest::Action::Drain) return read_drain(object, queue);
  const auto place = find_name<QueuePlace>(kPlaces, text_of(object, "place"));
  if (!place) return malformed("queue: memory, disk or quarantine expected as place");
  queue.place = *place;
  queue.rule = text_of(object, "rule");
  if (queue.rule.empty() && queue.place != QueuePlace::Quarantine) {
    return malformed("queue: a rule expected");
  }
  queue.after = number_of(object, "after");
  if (const auto limit = number_of(object, "limit"); limit > 0) queue.limit = limit;
  return {};
}

Result<void> read_trace(const rapidjson::Value& object, TraceRequest& trace) {
  trace.rule = text_of(object, "rule");
  if (trace.rule.empty()) return malformed("trace: a rule expected");
  trace.after = number_of(object, "after");
  if (const auto limit = number_of(object, "limit"); limit > 0) trace.limit = limit;
  trace.payload = flag_of(object, "payload");
  return {};
}

void write_trace(Writer& json, const TraceRequest& trace) {
  json.Key("rule");
  write(json, trace.rule);
  json.Key("after");
  json.Uint64(trace.after);
  json.Key("limit");
  json.Uint64(trace.limit);
  json.Key("payload");
  json.Bool(trace.payload);
}

void write_queue(Writer& json, const QueueRequest& queue) {
  json.Key("action");
  write(json, kActions[static_cast<std::size_t>(queue.action)]);
  if (queue.action == QueueRequest::Action::List) return;
  json.Key("rule");
  write(json, queue.rule);
  if (queue.action == QueueRequest::Action::Drain) {
    json.Key("drain");
    json.Uint64(queue.drain);
    json.Key("end");
    json.Bool(queue.end);
    return;
  }
  json.Key("place");
  write(json, kPlaces[static_cast<std::size_t>(queue.place)]);
  if (queue.action == QueueRequest::Action::Purge) return;
  json.Key("after");
  json.Uint64(queue.after);
  json.Key("limit");
  json.Uint64(queue.limit);
}

}  // namespace

std::string_view to_string(ControlVerb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }
std::string_view to_string(ControlCode code) { return kCodes[static_cast<std::size_t>(code)]; }

std::string request_line(const ControlRequest& request) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("v");
  json.Int(kControlVersion);
  json.Key("request");
  write(json, to_string(request.verb));
  if (request.text) {
    json.Key("text");
    json.Bool(true);
    json.Key("colour");
    json.Bool(request.colour);
  }
  if (request.verb == ControlVerb::LogLevel) {
    json.Key("level");
    write(json, level_name(request.level));
    if (request.duration) {
      json.Key("for_ms");
      json.Int64(request.duration->count());
    }
  }
  if (request.verb == ControlVerb::Queue) write_queue(json, request.queue);
  if (request.verb == ControlVerb::Trace) write_trace(json, request.trace);
  json.EndObject();
  return line_of(buffer);
}

Result<ControlRequest> parse_request(std::string_view line) {
  rapidjson::Document document;
  if (!read_object(document, line)) return malformed("a JSON object on one line expected");
  if (!is_our_version(document)) {
    return malformed("version " + std::to_string(kControlVersion) + " of the protocol expected");
  }
  const auto verb = find_name<ControlVerb>(kVerbs, text_of(document, "request"));
  if (!verb) return malformed("unknown request");
  ControlRequest request{
      .verb = *verb, .text = flag_of(document, "text"), .colour = flag_of(document, "colour")};
  if (request.verb == ControlVerb::LogLevel) {
    if (auto read = read_level(document, request); !read) return read.error();
  }
  if (request.verb == ControlVerb::Queue) {
    if (auto read = read_queue(document, request.queue); !read) return read.error();
  }
  if (request.verb == ControlVerb::Trace) {
    if (auto read = read_trace(document, request.trace); !read) return read.error();
  }
  return request;
}

std::string reply_line(const ControlReply& reply) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("v");
  json.Int(kControlVersion);
  json.Key("code");
  write(json, to_string(reply.code));
  if (reply.code == ControlCode::Ok) {
    json.Key("data");
    const std::string_view data = reply.data.empty() ? "null" : std::string_view(reply.data);
    json.RawValue(data.data(), data.size(), rapidjson::kObjectType);
  } else {
    json.Key("message");
    write(json, reply.message);
  }
  json.EndObject();
  std::string line = line_of(buffer);
  if (line.size() <= kMaxControlReply) return line;
  return reply_line({.code = ControlCode::Failed, .message = "the answer is too long"});
}

Result<ControlReply> parse_reply(std::string_view line) {
  rapidjson::Document document;
  if (!read_object(document, line) || !is_our_version(document)) {
    return Error{Errc::Protocol,
                 "the control socket gave no answer of version " + std::to_string(kControlVersion)};
  }
  const auto code = find_name<ControlCode>(kCodes, text_of(document, "code"));
  if (!code) return Error{Errc::Protocol, "the control socket gave an unknown answer"};
  ControlReply reply{.code = *code, .message = std::string(text_of(document, "message"))};
  const rapidjson::Value& object = document;  // comparing iterators of a mutable one is ambiguous
  if (const auto data = object.FindMember("data"); data != object.MemberEnd()) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    data->value.Accept(json);
    reply.data.assign(buffer.GetString(), buffer.GetSize());
  }
  return reply;
}

}  // namespace gateway
