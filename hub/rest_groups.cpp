#include "hub/rest_groups.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <rapidjson/document.h>

#include "hub/connection_filter.h"
#include "hub/membership.h"
#include "hub/token_check.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr long kMaxPage = 200;
constexpr long kMaxTop = 1'000'000'000;

/// A copy: joining and leaving changes the registry's own set.
std::vector<Connection*> everybody(const Members* members) {
  return members == nullptr ? std::vector<Connection*>()
                            : std::vector<Connection*>(members->begin(), members->end());
}

std::vector<Connection*> everybody(const HubConnections* hub) {
  std::vector<Connection*> all;
  if (hub == nullptr) return all;
  all.reserve(hub->all().size());
  for (const auto& [id, connection] : hub->all()) all.push_back(connection);
  return all;
}

net::HttpResponse no_such(std::string_view code, std::string_view what, std::string_view target) {
  return rest_error(404, code, what, target);
}

net::HttpResponse too_many_groups() {
  return rest_error(409, "Error.Connection.Conflict",
                    "The connection is in as many groups as it may be.", "Connection");
}

struct GroupsBody {
  std::vector<std::string> groups{};
  std::optional<Filter> filter{};
  std::string error{};  // empty: all is well
};

GroupsBody read_filter(const rapidjson::Document& body) {
  // HasMember, not iterators: comparing RapidJSON 1.1.0's is ambiguous in C++20.
  if (!body.HasMember("filter") || body["filter"].IsNull()) return {};
  const auto& filter = body["filter"];
  if (!filter.IsString()) return {.error = "The filter is a string."};
  if (filter.GetStringLength() == 0) return {};
  auto parsed = Filter::parse({filter.GetString(), filter.GetStringLength()});
  if (!parsed) return {.error = parsed.error().message};
  return {.filter = *std::move(parsed)};
}

GroupsBody read_groups(std::string_view body) {
  const std::string_view expected = R"(The request body is {"groups":["name",...]}.)";
  // Checked as text first: that bounds the depth, and a NUL would end RapidJSON's view of it.
  if (!is_valid_json(body)) return {.error = "The request body is not a valid JSON."};
  rapidjson::Document document;
  document.Parse<rapidjson::kParseNumbersAsStringsFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return {.error = std::string(expected)};
  if (!document.HasMember("groups") || !document["groups"].IsArray() ||
      document["groups"].Empty()) {
    return {.error = std::string(expected)};
  }
  GroupsBody read = read_filter(document);
  if (!read.error.empty()) return read;
  for (const auto& group : document["groups"].GetArray()) {
    if (!group.IsString() || !is_valid_group_name({group.GetString(), group.GetStringLength()})) {
      return {.error = "A group name is invalid."};
    }
    read.groups.emplace_back(group.GetString(), group.GetStringLength());
  }
  return read;
}

template <class Change>
net::HttpResponse change_all(const RestCall& call, Change&& change) {
  const GroupsBody body = read_groups(call.request.body);
  if (!body.error.empty()) return bad_request(body.error);
  HubConnections* hub = call.connections();
  for (Connection* connection : everybody(hub)) {
    if (body.filter && !matches(*body.filter, *connection)) continue;
    for (const std::string& group : body.groups) change(call.context, *hub, *connection, group);
  }
  return status_only(200);
}

std::string next_link(const RestCall& call, long page, std::optional<long> top,
                      std::string_view after) {
  std::string link = call.context.tokens.endpoint_for(call.request) + call.request.path +
                     "?maxpagesize=" + std::to_string(page) +
                     "&continuationToken=" + net::percent_encode(after);
  if (top) link += "&top=" + std::to_string(*top);
  if (const auto version = call.parameter("api-version"); !version.empty()) {
    link += "&api-version=" + net::percent_encode(version);
  }
  return link;
}

}  // namespace

net::HttpResponse rest_group_exists(const RestCall& call) {
  return status_only(call.group(call.names.front()) != nullptr ? 200 : 404);
}

net::HttpResponse rest_list_group(const RestCall& call) {
  const std::string_view page_text = call.parameter("maxpagesize");
  const std::string_view top_text = call.parameter("top");
  const auto page = page_text.empty() ? kMaxPage : parse_number(page_text, 1, kMaxPage);
  const auto top = parse_number(top_text, 1, kMaxTop);
  if (!page || (!top && !top_text.empty())) {
    return bad_request("maxpagesize is from 1 to 200, top at least 1.");
  }

  std::vector<Connection*> members = everybody(call.group(call.names.front()));
  std::sort(members.begin(), members.end(),
            [](const Connection* a, const Connection* b) { return a->id() < b->id(); });
  // The last id of the page before: members may come and go between pages.
  const std::string after(call.parameter("continuationToken"));
  const auto begin = std::find_if(members.begin(), members.end(),
                                  [&](const Connection* member) { return member->id() > after; });
  const long wanted = top ? std::min(*page, *top) : *page;
  const auto end = begin + std::min<long>(wanted, members.end() - begin);

  std::string body = "{\"value\":[";
  for (auto member = begin; member != end; ++member) {
    if (member != begin) body += ',';
    body += "{\"connectionId\":";
    append_json_string(body, (*member)->id());
    if (!(*member)->user_id().empty()) {
      body += ",\"userId\":";
      append_json_string(body, (*member)->user_id());
    }
    body += '}';
  }
  body += ']';
  const auto top_left = top ? std::optional(*top - wanted) : std::nullopt;
  if (end != members.end() && end != begin && top_left != 0) {
    body += ",\"nextLink\":";
    append_json_string(body, next_link(call, *page, top_left, (*(end - 1))->id()));
  }
  body += '}';
  return json_answer(200, std::move(body));
}

net::HttpResponse rest_add_connection_to_group(const RestCall& call) {
  Connection* connection = call.connection(call.names[1]);
  if (connection == nullptr) {
    return no_such("Error.Connection.NotExisted", "The connection does not exist.", "Connection");
  }
  if (!join_group(call.context, *call.connections(), *connection, call.names[0])) {
    return too_many_groups();
  }
  return status_only(200);
}

net::HttpResponse rest_remove_connection_from_group(const RestCall& call) {
  if (Connection* connection = call.connection(call.names[1])) {
    call.connections()->leave(*connection, call.names[0]);
  }
  return status_only(204);
}

net::HttpResponse rest_remove_connection_from_all_groups(const RestCall& call) {
  if (Connection* connection = call.connection(call.names[0])) {
    call.connections()->leave_all(*connection);
  }
  return status_only(204);
}

net::HttpResponse rest_add_user_to_group(const RestCall& call) {
  const auto members = everybody(call.user(call.names[0]));
  if (members.empty()) {
    return no_such("Error.User.NotExisted", "The user has no connection.", "User");
  }
  bool all_joined = true;
  for (Connection* connection : members) {
    all_joined =
        join_group(call.context, *call.connections(), *connection, call.names[1]) && all_joined;
  }
  return all_joined ? status_only(200) : too_many_groups();
}

net::HttpResponse rest_remove_user_from_group(const RestCall& call) {
  for (Connection* connection : everybody(call.user(call.names[0]))) {
    call.connections()->leave(*connection, call.names[1]);
  }
  return status_only(204);
}

net::HttpResponse rest_remove_user_from_all_groups(const RestCall& call) {
  for (Connection* connection : everybody(call.user(call.names[0]))) {
    call.connections()->leave_all(*connection);
  }
  return status_only(204);
}

net::HttpResponse rest_add_all_to_groups(const RestCall& call) {
  // There is no answer for those that are in too many: they are counted, the others join.
  return change_all(call, [](HubContext& context, HubConnections& hub, Connection& connection,
                             std::string_view group) {
    static_cast<void>(join_group(context, hub, connection, group));
  });
}

net::HttpResponse rest_remove_all_from_groups(const RestCall& call) {
  return change_all(call, [](HubContext& /*context*/, HubConnections& hub, Connection& connection,
                             std::string_view group) { hub.leave(connection, group); });
}

}  // namespace webpubsub::hub
