// payload, csv and layout: what the devices send.

#include "config/sections/rule_parts.h"
#include "config/words.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMostFields = 200;
constexpr std::size_t kLargestOffset = 1024 * 1024;
constexpr std::size_t kLongestText = 64 * 1024;

CsvOptions read_csv(Section csv) {
  CsvOptions options;
  const auto columns = csv.at("columns");
  const auto items = columns.items();
  if (items.size() > CsvDecoder::kMaxColumns) columns.report("at most 200 columns expected");
  for (const auto& item : items) {
    options.columns.push_back(item.given() ? item.text().value_or("") : "");
  }
  const auto separator = csv.at("separator");
  if (const auto text = separator.text()) {
    if (*text == "tab") {
      options.separator = '\t';
    } else if (text->size() == 1 && *text != "\"") {
      options.separator = text->front();
    } else {
      separator.report_unexpected("one character such as ; or the word tab", *text);
    }
  }
  csv.finish();
  return options;
}

LayoutField read_field(const std::string& name, Section section) {
  LayoutField field{.name = name};
  assign(field.offset, section.required("offset", "0").integer(0, kLargestOffset));
  assign(field.type, read_word(section.required("type", "u16"), kLayoutTypes));
  assign(field.endian, read_word(section.at("endian"), kEndians));
  const auto length = section.at("length");
  assign(field.length, length.integer(1, kLongestText));
  section.finish();
  const bool text = field.type == LayoutField::Type::Text;
  if (text && field.length == 0) section.self().report("a text needs its length, in bytes");
  if (!text && length.given()) length.report("only a text has a length");
  return field;
}

}  // namespace

void read_payload(Section& rule, RuleOptions& options) {
  assign(options.payload, read_word(rule.at("payload"), kPayloadTypes));
  const auto csv = rule.at("csv");
  options.csv = read_csv(csv.section());
  if (csv.given() && options.payload != PayloadType::Csv) csv.report("needs payload: csv");
  const auto layout = rule.at("layout");
  for (const auto& [name, value] : layout.members()) {
    options.layout.push_back(read_field(name, value.section()));
  }
  if (options.layout.size() > kMostFields) layout.report("at most 200 fields expected");
  if (layout.given() && options.payload != PayloadType::Binary) {
    layout.report("needs payload: binary");
  }
}

}  // namespace gateway::config
