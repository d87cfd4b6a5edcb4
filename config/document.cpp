#include "config/document.h"

#include <array>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "config/source_text.h"
#include "config/suggest.h"

namespace gateway::config {
namespace {

/// Ends the parse: what follows cannot be understood or is not worth it. Never leaves this file.
struct Stop {};

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

/// Builds the tree from the parser's events, the only ones that show aliases and duplicate keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const std::string& file, std::vector<Problem>& problems)
      : text_(text), file_(file), problems_(problems) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!std::exchange(started_, true)) return;
    report(place_of(mark), "a second document starts here; one file holds one document");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(mark, anchor, "?", YamlNode::Kind::Null));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    // Also the "billion laughs": a file of one screen that stands for gigabytes.
    auto node = make(mark, 0, "?", YamlNode::Kind::Null);
    report_at(node.place, "aliases (*name) are not supported; write the value out");
    node.refused = true;
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(mark, anchor, tag, YamlNode::Kind::Scalar);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted && !is_quote_closed(text_, static_cast<std::size_t>(mark.pos))) {
      report(node.place, "this quote is never closed");
      throw Stop{};
    }
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(make(mark, anchor, tag, YamlNode::Kind::Sequence));
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(make(mark, anchor, tag, YamlNode::Kind::Map));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node{};
    std::unordered_map<std::string, Place> keys{};  // of a mapping, seen so far
    std::optional<std::string> key{};               // was read, and its value comes next
    Place key_place{};
    bool drop = false;  // the value belongs to a key that was refused
  };

  void report(Place place, std::string message) {
    problems_.push_back({file_, place.line, place.column, std::move(message)});
  }
  void report_at(Place place, const std::string& message) {
    const auto where = path();
    report(place, where.empty() ? message : where + ": " + message);
  }

  /// "rules[2].batch": where the next value will stand.
  std::string path() const {
    std::string text;
    for (const auto& frame : frames_) {
      if (frame.node.kind == YamlNode::Kind::Sequence) {
        text += "[" + std::to_string(frame.node.items.size()) + "]";
      } else if (frame.key) {
        if (!text.empty()) text += '.';
        text += shown_key(*frame.key);
      }
    }
    return text;
  }

  YamlNode make(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag,
                YamlNode::Kind kind) {
    if (++nodes_ > kMaxNodes) {
      report(place_of(mark), "more than 50000 values; split the file into conf.d");
      throw Stop{};
    }
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    if (anchor != 0) report_at(node.place, "anchors (&name) are not supported; leave it out");
    if (!tag.empty() && tag != "?" && tag != "!") {
      report_at(node.place, "tags (!name) are not supported; leave it out");
    }
    return node;
  }

  void open(YamlNode node) {
    if (frames_.size() == kMaxDepth) {
      report(node.place, "nested deeper than 32 levels");
      throw Stop{};
    }
    if (!frames_.empty() && expects_key(frames_.back())) {
      report_at(node.place, "a key must be plain text; put quotes around a key with '{' or '['");
      throw Stop{};
    }
    frames_.emplace_back().node = std::move(node);
  }

  void close() {
    YamlNode node = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(node));
  }

  static bool expects_key(const Frame& frame) {
    return frame.node.kind == YamlNode::Kind::Map && !frame.key && !frame.drop;
  }

  void add(YamlNode node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == YamlNode::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (expects_key(frame)) {
      add_key(frame, std::move(node));
    } else {
      if (!std::exchange(frame.drop, false)) {
        node.key = std::move(*frame.key);
        node.key_place = frame.key_place;
        frame.node.items.push_back(std::move(node));
      }
      frame.key.reset();
    }
  }

  void add_key(Frame& frame, YamlNode node) {
    if (node.kind == YamlNode::Kind::Null) {
      if (!node.refused) report_at(node.place, "a key is missing before ':'");
      frame.drop = true;
    } else if (node.text == "<<" && !node.quoted) {
      report_at(node.place, "merge keys (<<) are not supported; write the keys out");
      frame.drop = true;
    } else if (const auto [first, fresh] = frame.keys.try_emplace(node.text, node.place); !fresh) {
      frame.key = std::move(node.text);
      report_at(node.place, "stands twice, first in line " + std::to_string(first->second.line) +
                                "; keep one of them");
      frame.key.reset();
      frame.drop = true;
    } else {
      frame.key = std::move(node.text);
      frame.key_place = node.place;
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<Problem>& problems_;
  bool started_ = false;
  std::size_t nodes_ = 0;
  std::vector<Frame> frames_{};
  YamlNode root_{};
};

struct Wording {
  std::string_view theirs;
  std::string_view ours;
  int behind = 0;  // how many characters past the slip the parser was
};

// The parser's words for the usual slips, put as what to do about them.
constexpr std::array kWordings{
    Wording{"end of map not found",
            "this does not fit in here; the keys of a mapping start in the same column, and text "
            "that starts with '{' or '[' needs quotes"},
    Wording{"end of sequence not found",
            "this does not fit in here; the items of a list start with '-' in the same column"},
    Wording{"end of map flow not found",
            "this '{' is not closed as it should be; text that starts with '{' needs quotes"},
    Wording{"end of sequence flow not found",
            "this '[' is not closed as it should be; text that starts with '[' needs quotes"},
    Wording{"illegal map value",
            "a ':' that does not belong here; text that holds \": \" needs quotes"},
    Wording{"illegal flow end", "a '}' or ']' without its opening one"},
    Wording{"illegal block entry", "a list item cannot start here; put it on a line of its own"},
    Wording{"unknown token", "text cannot start with this character; put it in quotes"},
    Wording{"alias not found after *", "text that starts with '*' needs quotes", 1},
    Wording{"the referenced anchor is not defined", "text that starts with '*' needs quotes"},
    Wording{"anchor not found after &", "text that starts with '&' needs quotes", 1},
    Wording{"illegal EOF in scalar", "this quote is never closed"},
    Wording{"unknown escape character",
            "an escape that YAML does not know; write '\\\\' for a backslash in double quotes", 2},
};

Problem syntax_problem(const YAML::Exception& error, const std::string& file) {
  std::string message = "not YAML: " + error.msg;
  auto place = place_of(error.mark);
  for (const auto& wording : kWordings) {
    // One message of the parser ends in the character it met, which could be part of a secret.
    if (!error.msg.starts_with(wording.theirs)) continue;
    message = wording.ours;
    place.column -= wording.behind;
  }
  return {file, place.line, place.column, std::move(message)};
}

/// Reads from the text itself, without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only read from
    setg(begin, begin, begin + text.size());
  }
};

bool run_parser(std::string_view text, TreeBuilder& builder, const std::string& file,
                std::vector<Problem>& problems) {
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return true;
  } catch (const Stop&) {
    return false;
  } catch (const YAML::Exception& error) {
    problems.push_back(syntax_problem(error, file));
    return false;
  }
}

}  // namespace

std::optional<YamlNode> parse_document(std::string_view text, const std::string& file,
                                       std::vector<Problem>& problems) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  if (const auto flaw = find_source_flaw(text)) {
    problems.push_back({file, flaw->place.line, flaw->place.column, std::string(flaw->message)});
    return std::nullopt;
  }
  TreeBuilder builder(text, file, problems);
  if (!run_parser(text, builder, file, problems)) return std::nullopt;
  YamlNode root = builder.take_root();
  if (root.kind == YamlNode::Kind::Null) root.kind = YamlNode::Kind::Map;
  if (root.kind != YamlNode::Kind::Map) {
    problems.push_back({file, root.place.line, root.place.column,
                        "keys at the top level expected, such as \"mqtt:\" or \"rules:\""});
    return std::nullopt;
  }
  return root;
}

}  // namespace gateway::config
