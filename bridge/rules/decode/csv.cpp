#include "bridge/rules/decode/csv.h"

#include "base/trimmed.h"
#include "bridge/rules/decode/json_builder.h"
#include "bridge/rules/decode/number_text.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::trimmed;

namespace {

/// Goes through the lines of a payload. Quotes may hold separators, line ends and doubled quotes.
class Lines {
 public:
  Lines(std::string_view text, char separator) : text_(text), separator_(separator) {}

  bool done() const { return at_ >= text_.size(); }

  /// The values of the next line. False for a quote that is not closed, or goes on after it is.
  bool next(std::vector<std::string>& values) {
    values.clear();
    for (;;) {
      if (!take_value(values.emplace_back())) return false;
      if (done()) return true;
      const char c = text_[at_++];
      if (c == separator_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      return true;
    }
  }

 private:
  bool ends(char c) const { return c == separator_ || c == '\n' || c == '\r'; }

  bool take_value(std::string& value) {
    if (!done() && text_[at_] == '"') return take_quoted(value);
    while (!done() && !ends(text_[at_])) value += text_[at_++];
    return true;
  }

  bool take_quoted(std::string& value) {
    for (++at_; !done(); ++at_) {
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value += text_[++at_];
      } else {
        ++at_;
        return done() || ends(text_[at_]);
      }
    }
    return false;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
};

// Line ends may stand in quotes.
constexpr std::string_view kSpace = " \t";

}  // namespace

bool CsvDecoder::decode(const Message& message, Decoded& out,
                        std::vector<DeviceRequest>& /*requests*/) {
  if (!webpubsub::is_valid_utf8(message.payload)) return false;
  Lines lines(message.payload, options_.separator);
  if (options_.columns.empty()) {
    if (lines.done() || !lines.next(header_) || header_.size() > kMaxColumns) return false;
    for (auto& name : header_) name = trimmed(name, kSpace);
  }
  while (!lines.done() && !out.overflowed()) {
    if (!lines.next(values_) || !append_line(out)) return false;
  }
  return true;
}

bool CsvDecoder::append_line(Decoded& out) const {
  const bool blank = values_.size() == 1 && trimmed(values_.front(), kSpace).empty();
  if (blank) return true;
  const auto& columns = options_.columns.empty() ? header_ : options_.columns;
  if (values_.size() > columns.size()) return false;
  auto& text = out.begin();
  JsonBuilder json(text);
  if (!json.open_object()) return false;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto value = trimmed(values_[i], kSpace);
    if (columns[i].empty() || value.empty()) continue;
    std::string number;
    if (!json.key(columns[i])) return false;
    if (append_number(number, value)) {
      json.raw(number);
    } else if (!json.text(value)) {
      return false;
    }
  }
  json.close_object();
  out.end();
  return true;
}

}  // namespace gateway
