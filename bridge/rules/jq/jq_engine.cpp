#include "bridge/rules/jq/jq_engine.h"

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace gateway {

namespace {

std::string_view text_of(const jv& text) {
  return {jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text)))};
}

}  // namespace

JqEngine::JqEngine() : jq_(jq_init()) {
  if (jq_ == nullptr) return;
  jq_set_error_cb(
      jq_,
      [](void* engine, jv message) {
        auto& errors = static_cast<JqEngine*>(engine)->errors_;
        if (jv_get_kind(message) == JV_KIND_STRING && errors.empty()) errors = text_of(message);
        jv_free(message);
      },
      this);
  // Without a list of folders an import makes libjq abort; with an empty one it is not found.
  jq_set_attr(jq_, jv_string("JQ_LIBRARY_PATH"), jv_array());
}

JqEngine::~JqEngine() {
  if (jq_ != nullptr) jq_teardown(&jq_);
}

std::optional<std::string> JqEngine::compile(const std::string& program) {
  if (jq_ == nullptr) return "jq does not start";
  errors_.clear();
  if (jq_compile(jq_, program.c_str()) != 0) return std::nullopt;
  const auto end = errors_.find('\n');
  const auto first = errors_.substr(0, end);
  return first.empty() ? "jq does not compile it" : first;
}

bool JqEngine::run(std::string_view json, const std::function<void(std::string_view)>& take) {
  const auto input = jv_parse_sized(json.data(), static_cast<int>(json.size()));
  if (jv_is_valid(input) == 0) {
    jv_free(input);
    return false;
  }
  jq_start(jq_, input, 0);
  std::size_t results = 0;
  std::size_t bytes = 0;
  for (;;) {
    const auto result = jq_next(jq_);
    if (jv_is_valid(result) == 0) {
      const bool failed = jv_invalid_has_msg(result) != 0;  // which frees it
      return !failed && jq_halted(jq_) == 0;
    }
    const auto text = jv_dump_string(result, 0);
    const auto view = text_of(text);
    bytes += view.size();
    const bool fits = ++results <= kMaxResults && bytes <= kMaxBytes;
    if (fits) take(view);
    jv_free(text);
    if (!fits) return false;
  }
}

}  // namespace gateway
