// JSON written value by value into a text, as the decoders meet them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// Commas come by themselves. Nothing is allocated beside `out`.
class JsonBuilder {
 public:
  explicit JsonBuilder(std::string& out) : out_(out), begin_(out.size()) {}

  /// False beyond webpubsub::kMaxJsonDepth.
  [[nodiscard]] bool open_object() { return open('{'); }
  [[nodiscard]] bool open_array() { return open('['); }
  void close_object() { close('}'); }
  void close_array() { close(']'); }

  /// False for what is not UTF-8.
  [[nodiscard]] bool key(std::string_view name);
  [[nodiscard]] bool text(std::string_view value);
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  /// The shortest digits that read back as it; null for what JSON cannot say.
  void real(double value);
  void real(float value);
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  /// As base64.
  void bytes(std::string_view value);
  /// JSON as it stands.
  void raw(std::string_view json);

 private:
  bool open(char bracket);
  void close(char bracket);
  void comma();

  std::string& out_;
  std::size_t begin_;
  std::size_t depth_ = 0;
};

}  // namespace gateway
