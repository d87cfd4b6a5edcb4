#include "daemon/control/control_answers.h"

#include <utility>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/logging/printable.h"
#include "daemon/status_json.h"
#include "daemon/status_screen.h"

namespace gateway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& json, std::string_view text) {
  const std::string valid = valid_utf8(text);
  json.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

std::string text_of(const rapidjson::StringBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

ControlReply unsupported(ControlVerb verb) {
  return {.code = ControlCode::Unsupported,
          .message = "this gateway does not answer " + std::string(to_string(verb))};
}

std::string status_data(const ControlTarget& target, const ControlRequest& request) {
  const GatewaySnapshot snapshot = target.snapshot();
  if (!request.text) return status_json(snapshot);
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  write(json, status_screen(snapshot, request.colour));
  return text_of(buffer);
}

std::string diag_data(const ControlTarget& target) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("status");
  write(json, status_screen(target.snapshot(), false));
  if (target.configuration) {
    json.Key("configuration");
    write(json, target.configuration());
  }
  if (target.metrics) {
    json.Key("metrics");
    write(json, target.metrics());
  }
  json.EndObject();
  return text_of(buffer);
}

std::string_view name_of(ReloadReport::Outcome outcome) {
  switch (outcome) {
    case ReloadReport::Outcome::Applied:
      return "applied";
    case ReloadReport::Outcome::Unchanged:
      return "unchanged";
    case ReloadReport::Outcome::Invalid:
      return "invalid";
    case ReloadReport::Outcome::RolledBack:
      return "rolled_back";
    case ReloadReport::Outcome::Busy:
      return "busy";
  }
  return "unknown";
}

std::string reload_data(const ReloadReport& report) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("outcome");
  write(json, name_of(report.outcome));
  json.Key("words");
  write(json, report.words);
  json.Key("details");
  json.StartArray();
  for (const auto& detail : report.details) write(json, detail);
  json.EndArray();
  json.EndObject();
  return text_of(buffer);
}

/// Passes on data, or why there is none.
std::function<void(webpubsub::Result<std::string>)> answer_with(const ControlResponder& respond) {
  return [respond](const webpubsub::Result<std::string>& data) {
    if (data) return respond({.data = *data});
    const bool busy = data.error().code == webpubsub::Errc::Unavailable;
    respond(
        {.code = busy ? ControlCode::Busy : ControlCode::Failed, .message = data.error().message});
  };
}

void answer(const ControlTarget& target, const ControlRequest& request,
            const ControlResponder& respond) {
  switch (request.verb) {
    case ControlVerb::Status:
      return respond({.data = status_data(target, request)});
    case ControlVerb::Diag:
      return respond({.data = diag_data(target)});
    case ControlVerb::LogLevel:
      if (!target.set_log_level) return respond(unsupported(request.verb));
      target.set_log_level(request.level, request.duration);
      return respond({});
    case ControlVerb::Reload:
      if (!target.reload) return respond(unsupported(request.verb));
      return target.reload(
          [respond](const ReloadReport& report) { respond({.data = reload_data(report)}); });
    case ControlVerb::Queue:
      if (!target.queue) return respond(unsupported(request.verb));
      return target.queue(request.queue, answer_with(respond));
    case ControlVerb::Trace:
      if (!target.trace) return respond(unsupported(request.verb));
      return target.trace(request.trace, answer_with(respond));
  }
}

}  // namespace

ControlHandler answer_from(const ControlTarget& target) {
  return [&target](const ControlRequest& request, const Peer&, const ControlResponder& respond) {
    answer(target, request, respond);
  };
}

}  // namespace gateway
