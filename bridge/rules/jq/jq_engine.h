// libjq, in whatever process it runs.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct jq_state;

namespace gateway {

class JqEngine {
 public:
  /// More results, or larger ones, of one input than this are an error.
  static constexpr std::size_t kMaxResults = 1000;
  static constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

  JqEngine();
  ~JqEngine();
  JqEngine(const JqEngine&) = delete;
  JqEngine& operator=(const JqEngine&) = delete;

  /// What is wrong with `program`, if anything.
  std::optional<std::string> compile(const std::string& program);
  /// Gives `take` every result for `json` as JSON. False when the input is none, or the program
  /// fails.
  bool run(std::string_view json, const std::function<void(std::string_view)>& take);

 private:
  jq_state* jq_;
  std::string errors_{};
};

}  // namespace gateway
