// The stages of one rule between the message and its batch, in their fixed order:
// select → convert → filter → thin. Made ready once, when the rule is loaded.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/message_view.h"
#include "bridge/rules/rule_options.h"
#include "bridge/rules/sample.h"
#include "bridge/rules/select/select.h"
#include "bridge/rules/thin/thinner.h"

namespace gateway {

/// Is told what each stage made of a message: how `explain` looks at the very run it explains.
class StageWatcher {
 public:
  virtual ~StageWatcher() = default;
  virtual void on_stage(std::string_view stage, std::string_view result) = 0;
};

class Pipeline {
 public:
  Pipeline(const RuleOptions& rule, std::string_view gateway_id);

  /// What remembers readings over others, if the rule has it.
  Thinner* thinner() noexcept { return thin_ ? &*thin_ : nullptr; }
  /// Goes on with what `old` remembers, of the same rule before it was changed.
  void succeed(Pipeline& old) {
    if (thin_ && old.thin_) thin_->succeed(*old.thin_);
  }

  /// Whether there is anything to run.
  bool has_stages() const noexcept { return has_stages_; }

  enum class Verdict : std::uint8_t {
    Forward,
    NoFields,       // nothing of what `select` wants is in the payload
    Unconvertible,  // a field is not what `convert` needs
    Filtered,       // by `where`
    Thinned,
  };
  struct Outcome {
    Verdict verdict = Verdict::Forward;
    std::string_view data{};         // the payload as it came, or JSON of ours; until the next run
    std::string_view field{};        // that could not be converted
    const Sample* sample = nullptr;  // what `data` holds, of a reading to forward
  };
  enum class Thinning : std::uint8_t {
    Decides,
    Remembers,  // a reading that has passed once: the next ones are compared with it
  };
  /// `watcher` may be nullptr.
  Outcome run(const MessageView& message, webpubsub::TimePoint now, Arena& arena,
              StageWatcher* watcher, Thinning thinning = Thinning::Decides);

 private:
  std::string_view convert(Arena& arena);
  void tell(StageWatcher* watcher, std::string_view stage) const;

  std::vector<Conversion> convert_;
  Select select_;
  bool selects_ = false;
  std::optional<Expression> where_;
  std::optional<Thinner> thin_;
  bool has_stages_ = false;
  Sample sample_{};
  std::string data_{};
};

}  // namespace gateway
