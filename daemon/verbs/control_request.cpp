#include "daemon/verbs/control_request.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <rapidjson/document.h>
#include <unistd.h>

#include "daemon/control/control_client.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/printable.h"

namespace gateway {
namespace {

using webpubsub::Errc;

int exit_code_of(Errc code) {
  switch (code) {
    case Errc::Unauthorized:
      return exit_code::kPermission;
    case Errc::NotFound:
    case Errc::Unavailable:
    case Errc::Timeout:
      return exit_code::kUnavailable;
    case Errc::InvalidArgument:
      return exit_code::kUsage;
    case Errc::Protocol:
      return exit_code::kInternal;
    default:
      return exit_code::kIo;
  }
}

int exit_code_of(ControlCode code) {
  switch (code) {
    case ControlCode::Ok:
      return exit_code::kOk;
    case ControlCode::Forbidden:
      return exit_code::kPermission;
    case ControlCode::Busy:
    case ControlCode::Timeout:
      return exit_code::kTryAgain;
    case ControlCode::Unsupported:
      return exit_code::kUnavailable;
    default:
      return exit_code::kFailure;
  }
}

std::string text_of(const rapidjson::Value& value) {
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : std::string();
}

/// The length of the colour sequence (ESC [ digits and semicolons m) that `text` begins with, or 0.
std::size_t colour_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

/// The environment variable of that name; empty when it is not set.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::string socket_path(const ControlPlace& place) {
  if (!place.socket.empty()) return place.socket;
  const std::string service = "/run/webpubsub-gateway";
  return service + (place.instance.empty() ? "" : "@" + place.instance) + "/control.sock";
}

std::string own_socket_path(const std::string& given) {
  if (!given.empty()) return given;
  const std::string_view all = variable("RUNTIME_DIRECTORY");
  if (all.empty()) return {};
  // Several are separated by colons; the first is ours.
  return std::string(all.substr(0, all.find(':'))) + "/control.sock";
}

ControlAnswer ask_or_explain(const ControlPlace& place, const ControlRequest& request,
                             std::chrono::milliseconds limit) {
  const auto reply = ask_gateway(socket_path(place), request, limit);
  if (!reply) {
    std::cerr << "webpubsub-gateway: " << reply.error().message << '\n';
    return {.exit_code = exit_code_of(reply.error().code)};
  }
  if (reply->code != ControlCode::Ok) {
    std::cerr << "webpubsub-gateway: " << to_string(reply->code) << ": "
              << printable(reply->message) << '\n';
    return {.exit_code = exit_code_of(reply->code)};
  }
  return {.data = reply->data};
}

std::string json_text(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  return document.HasParseError() ? std::string() : text_of(document);
}

std::string json_text(std::string_view json, const char* member) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return {};
  const rapidjson::Value& object = document;  // comparing iterators of a mutable one is ambiguous
  const auto found = object.FindMember(member);
  return found == object.MemberEnd() ? std::string() : text_of(found->value);
}

std::string terminal_text(std::string_view text, bool colour) {
  std::string out;
  while (!text.empty()) {
    const std::size_t sequence = colour ? colour_sequence(text) : 0;
    if (sequence > 0 || text.front() == '\n') {
      out += text.substr(0, std::max<std::size_t>(sequence, 1));
      text.remove_prefix(std::max<std::size_t>(sequence, 1));
      continue;
    }
    const auto end = std::min(text.find_first_of("\x1b\n", 1), text.size());
    // The backslash is no danger here, and printable() has been there before.
    const std::string_view part = text.substr(0, end);
    std::string_view rest = part;
    while (!rest.empty()) {
      const auto slash = std::min(rest.find('\\'), rest.size());
      out += printable(rest.substr(0, slash));
      if (slash < rest.size()) out += '\\';
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    text.remove_prefix(end);
  }
  return out;
}

bool wants_colour() {
  if (!variable("NO_COLOR").empty() || variable("TERM") == "dumb") return false;
  return ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace gateway
