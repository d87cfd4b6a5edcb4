#include "daemon/logging/line_formats.h"

#include <string_view>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/logging/line_sink.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"

namespace gateway {
namespace {

using webpubsub::LogField;
using webpubsub::LogLevel;
using webpubsub::LogRecord;

constexpr std::string_view kReset = "\x1b[0m";

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "\x1b[1;31m";  // bold red
    case LogLevel::Warning:
      return "\x1b[33m";  // yellow
    case LogLevel::Notice:
      return "\x1b[1m";  // bold
    case LogLevel::Info:
      return "";
    case LogLevel::Debug:
      return "\x1b[2m";  // faint
  }
  return "";
}

/// A value that is not one plain word stands in quotes, so that the next key cannot be forged.
void append_value(std::string& line, std::string_view value) {
  const std::string shown = printable(value);
  if (!shown.empty() && shown.find_first_of(" \"=") == std::string::npos) {
    line += shown;
    return;
  }
  line += '"';
  for (const char c : shown) {
    if (c == '"') line += '\\';
    line += c;
  }
  line += '"';
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write_string(JsonWriter& writer, std::string_view text, std::size_t limit) {
  // Cutting may halve a character, and valid_utf8() then marks the place.
  const std::string valid = valid_utf8(text.substr(0, limit));
  writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

std::string json_with_limit(const LogRecord& record, webpubsub::WallTime time, std::size_t limit) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  writer.Key("time");
  write_string(writer, utc_timestamp(time), limit);
  writer.Key("level");
  write_string(writer, level_name(record.level), limit);
  writer.Key("priority");
  writer.Int(static_cast<int>(record.level));
  writer.Key("event");
  write_string(writer, record.event, limit);
  writer.Key("message");
  write_string(writer, record.message, limit);
  writer.Key("fields");
  writer.StartObject();
  for (const LogField& field : record.fields) {
    write_string(writer, field.key, limit);
    write_string(writer, field.value, limit);
  }
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string text_line(const LogRecord& record, webpubsub::WallTime time, bool colour) {
  const std::string_view start = colour ? colour_of(record.level) : std::string_view();
  std::string line = utc_timestamp(time);
  line += ' ';
  line += start;
  line += level_name(record.level);
  line += ' ';
  line += printable(record.event);
  line += ": ";
  line += printable(record.message);
  if (!start.empty()) line += kReset;
  for (const LogField& field : record.fields) {
    line += ' ';
    line += printable(field.key);
    line += '=';
    append_value(line, field.value);
  }
  return line;
}

std::string stream_line(const LogRecord& record) {
  return "<" + std::to_string(static_cast<int>(record.level)) + ">" +
         printable(words_with_fields(record));
}

std::string json_line(const LogRecord& record, webpubsub::WallTime time) {
  // Halving ends: with 16 bytes a string our own few fields always fit.
  std::size_t limit = LineSink::kMaxLine;
  std::string line = json_with_limit(record, time, limit);
  while (line.size() >= LineSink::kMaxLine && limit > 16) {
    limit /= 2;
    line = json_with_limit(record, time, limit);
  }
  return line;
}

}  // namespace gateway
