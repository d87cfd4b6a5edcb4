#include "webpubsub/service/group_page.h"

#include <string>
#include <utility>

#include <rapidjson/document.h>

#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

/// HasMember, not iterators: comparing RapidJSON 1.1.0's is ambiguous in C++20.
std::string text_of(const rapidjson::Value& object, const char* name) {
  if (!object.HasMember(name) || !object[name].IsString()) return {};
  return {object[name].GetString(), object[name].GetStringLength()};
}

}  // namespace

Result<GroupPage> parse_group_page(std::string_view body) {
  const Error malformed{Errc::Protocol, "the service's list of a group is malformed"};
  if (!is_valid_json(body)) return malformed;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseNumbersAsStringsFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember("value") ||
      !document["value"].IsArray()) {
    return malformed;
  }
  GroupPage page;
  for (const auto& member : document["value"].GetArray()) {
    if (!member.IsObject()) return malformed;
    GroupMember read{text_of(member, "connectionId"), text_of(member, "userId")};
    if (read.connection_id.empty()) return malformed;
    page.members.push_back(std::move(read));
  }
  page.next = text_of(document, "nextLink");
  return page;
}

}  // namespace webpubsub
