#include "webpubsub/command/message_text.h"

#include <algorithm>
#include <cstdio>

#include "base/base64.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::command {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

std::string_view name_of(DataType type) {
  switch (type) {
    case DataType::Json:
      return "json";
    case DataType::Text:
      return "text";
    case DataType::Binary:
      return "binary";
    case DataType::Protobuf:
      break;
  }
  return "protobuf";
}

/// Line feeds in JSON can only be white space between its tokens.
void append_on_one_line(std::string& out, std::string_view json) {
  std::replace_copy_if(
      json.begin(), json.end(), std::back_inserter(out),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void append_data(std::string& out, const Data& data) {
  out += "\"dataType\":\"";
  out += name_of(data.type);
  out += "\",\"data\":";
  if (data.type == DataType::Json) {
    append_on_one_line(out, data.bytes);
  } else if (data.type == DataType::Text) {
    append_json_string(out, data.bytes);
  } else {
    out += '"';
    base64_append(out, data.bytes);
    out += '"';
  }
}

void append_metadata(std::string& out, const StringMap& metadata) {
  if (metadata.empty()) return;
  out += ",\"metadata\":{";
  for (const auto& entry : metadata) {
    if (&entry != &metadata.front()) out += ',';
    append_json_string(out, entry.first);
    out += ':';
    append_json_string(out, entry.second);
  }
  out += '}';
}

void append_sequence_id(std::string& out, const std::optional<SequenceId>& id) {
  if (id) out += ",\"sequenceId\":" + std::to_string(*id);
}

void append_stream(std::string& out, const StreamInfo& stream) {
  out += ",\"stream\":{\"streamSequenceId\":" + std::to_string(stream.stream_sequence_id);
  append_member(out, "streamId", stream.stream_id);
  out += stream.end_of_stream ? ",\"endOfStream\":true" : ",\"endOfStream\":false";
  if (stream.error) append_member(out, "error", stream.error->name);
  out += '}';
}

std::string beginning(WallTime time) {
  return "{\"time\":" + std::to_string(unix_milliseconds(time));
}

}  // namespace

std::string json_line(const GroupMessage& message, WallTime time) {
  std::string line = beginning(time);
  append_member(line, "from", "group");
  append_member(line, "group", message.group);
  if (!message.from_user_id.empty()) append_member(line, "fromUserId", message.from_user_id);
  line += ',';
  append_data(line, message.data);
  append_sequence_id(line, message.sequence_id);
  append_metadata(line, message.metadata);
  if (message.stream) append_stream(line, *message.stream);
  return line + '}';
}

std::string json_line(const ServerMessage& message, WallTime time) {
  std::string line = beginning(time);
  append_member(line, "from", "server");
  line += ',';
  append_data(line, message.data);
  append_sequence_id(line, message.sequence_id);
  append_metadata(line, message.metadata);
  return line + '}';
}

std::string json_line(const Data& data) {
  std::string line = "{";
  append_data(line, data);
  return line + '}';
}

std::string for_terminal(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const auto next = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0U;
    const bool is_c0 = (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next < 0xA0;  // in UTF-8
    if (!is_c0 && !is_c1) {
      out += bytes[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", is_c1 ? next : static_cast<unsigned>(byte));
    out += escape;
    if (is_c1) ++i;
  }
  return out;
}

}  // namespace webpubsub::command
