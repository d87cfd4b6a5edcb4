#include "hub/rest_messages.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/trimmed.h"
#include "hub/publish.h"
#include "hub/text.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr long kMaxTtl = kMaxTtlSeconds;

struct MediaType {
  std::string_view name;  // empty: none given
  std::string_view charset;
};

/// Without space and quotes around it.
std::string_view bare(std::string_view text) { return trimmed(text, " \t\""); }

MediaType media_type(const net::HttpRequest& request) {
  std::string_view rest = net::find_header(request.headers, "content-type").value_or("");
  MediaType type{.name = bare(rest.substr(0, rest.find(';'))), .charset = {}};
  while (rest.find(';') != rest.npos) {
    rest.remove_prefix(rest.find(';') + 1);
    const std::string_view parameter = bare(rest.substr(0, rest.find(';')));
    const std::size_t equals = parameter.find('=');
    if (equals != parameter.npos &&
        equals_ignoring_case(bare(parameter.substr(0, equals)), "charset")) {
      type.charset = bare(parameter.substr(equals + 1));
    }
  }
  return type;
}

/// ISO 8859-1 is the first 256 code points: one or two bytes each.
std::string latin1_to_utf8(std::string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0U | (byte >> 6U));
      utf8 += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return utf8;
}

using DataOrAnswer = std::variant<Data, net::HttpResponse>;

net::HttpResponse unsupported_type() {
  return rest_error(415, "Error.UnsupportedMediaType",
                    "The content type is none of application/json, text/plain and "
                    "application/octet-stream.",
                    "Request");
}

DataOrAnswer read_text(const net::HttpRequest& request, std::string_view charset) {
  Data data{.type = DataType::Text, .bytes = request.body};
  if (equals_ignoring_case(charset, "iso-8859-1") || equals_ignoring_case(charset, "latin1")) {
    data.bytes = latin1_to_utf8(request.body);
  } else if (!charset.empty() && !equals_ignoring_case(charset, "utf-8") &&
             !equals_ignoring_case(charset, "us-ascii")) {
    return unsupported_type();
  }
  if (!is_valid_utf8(data.bytes)) return bad_request("The request body is not valid text.");
  return data;
}

DataOrAnswer read_data(const net::HttpRequest& request) {
  const MediaType type = media_type(request);
  if (equals_ignoring_case(type.name, "text/plain")) return read_text(request, type.charset);
  if (equals_ignoring_case(type.name, "application/json")) {
    if (!is_valid_json(request.body)) return bad_request("The request body is not a valid JSON.");
    return Data{.type = DataType::Json, .bytes = request.body};
  }
  if (type.name.empty() || equals_ignoring_case(type.name, "application/octet-stream")) {
    return Data{.type = DataType::Binary, .bytes = request.body};
  }
  return unsupported_type();
}

/// What is sent, and what travels with it.
struct Sending {
  Data data{};
  StringMap metadata{};
  std::chrono::seconds lifetime{0};

  SharedMessage to_server_message() && {
    SharedMessage message(ServerMessage{.data = std::move(data), .metadata = std::move(metadata)});
    message.set_lifetime(lifetime, steady_now());
    return message;
  }
  SharedMessage to_group_message(const std::string& group) && {
    SharedMessage message(
        GroupMessage{.group = group, .data = std::move(data), .metadata = std::move(metadata)});
    message.set_lifetime(lifetime, steady_now());
    return message;
  }
};

/// Headers "X-WebPubSub-Metadata-KEY: VALUE", keys in lower case.
StringMap read_metadata(const net::Headers& headers) {
  constexpr std::string_view kPrefix = "x-webpubsub-metadata-";
  StringMap metadata;
  for (const auto& [name, value] : headers) {
    std::string key = name;
    std::transform(key.begin(), key.end(), key.begin(), ascii_lower);
    if (key.starts_with(kPrefix)) metadata.emplace_back(key.substr(kPrefix.size()), value);
  }
  return metadata;
}

/// What all sends have in common, with `send` for the difference.
template <class Send>
net::HttpResponse send(const RestCall& call, Send&& to_receivers) {
  const std::string_view ttl = call.parameter("messageTtlSeconds");
  const auto seconds = ttl.empty() ? std::optional(0L) : parse_number(ttl, 0, kMaxTtl);
  if (!seconds) return bad_request("messageTtlSeconds is a whole number from 0 to 300.");
  StringMap metadata = read_metadata(call.request.headers);
  if (!is_valid_metadata(metadata)) return bad_request("The metadata is invalid or too large.");
  std::optional<Filter> filter;
  if (const std::string_view text = call.parameter("filter"); !text.empty()) {
    auto parsed = Filter::parse(text);
    if (!parsed) return bad_request(parsed.error().message);
    filter = *std::move(parsed);
  }
  DataOrAnswer data = read_data(call.request);
  if (auto* answer = std::get_if<net::HttpResponse>(&data)) return std::move(*answer);

  ++call.context.counters.messages_in;
  const auto excluded = call.parameters("excluded");
  const std::unordered_set<std::string_view> ids(excluded.begin(), excluded.end());
  to_receivers(Sending{.data = std::move(std::get<Data>(data)),
                       .metadata = std::move(metadata),
                       .lifetime = std::chrono::seconds(*seconds)},
               Excluded{.ids = &ids, .filter = filter ? &*filter : nullptr});
  return status_only(202);
}

}  // namespace

net::HttpResponse rest_send_to_all(const RestCall& call) {
  return send(call, [&](Sending sending, const Excluded& excluded) {
    HubConnections* hub = call.connections();
    if (hub == nullptr) return;
    SharedMessage message = std::move(sending).to_server_message();
    deliver_to_all(call.context, *hub, message, excluded);
  });
}

net::HttpResponse rest_send_to_group(const RestCall& call) {
  return send(call, [&](Sending sending, const Excluded& excluded) {
    HubConnections* hub = call.connections();
    if (hub == nullptr) return;
    const std::string& group = call.names.front();
    SharedMessage message = std::move(sending).to_group_message(group);
    deliver_to_members(call.context, hub->group_to_send_to(group), message, excluded);
  });
}

net::HttpResponse rest_send_to_user(const RestCall& call) {
  return send(call, [&](Sending sending, const Excluded& excluded) {
    SharedMessage message = std::move(sending).to_server_message();
    deliver_to_members(call.context, call.user(call.names.front()), message, excluded);
  });
}

net::HttpResponse rest_send_to_connection(const RestCall& call) {
  return send(call, [&](Sending sending, const Excluded&) {
    Connection* connection = call.connection(call.names.front());
    if (connection == nullptr) return;
    SharedMessage message = std::move(sending).to_server_message();
    deliver_to_one(call.context, *connection, message);
  });
}

}  // namespace webpubsub::hub
