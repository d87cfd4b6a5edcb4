// Keeps a token while it is good, and asks for the next one in time.

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "webpubsub/auth/token_source.h"

namespace webpubsub {

class CachedTokenSource final : public TokenSource {
 public:
  using Now = WallTime (*)();

  /// `source` is asked one question at a time.
  explicit CachedTokenSource(std::unique_ptr<TokenSource> source, Now now = &wall_now)
      : source_(std::move(source)), now_(now) {}

  /// A question that finds no token waits with the others; more than a thousand are refused with
  /// ResourceExhausted.
  void access_token(Done done) override;

 private:
  bool is_good_for(std::chrono::seconds time) const;
  void ask();
  void on_answer(Result<AccessToken> answer);

  std::unique_ptr<TokenSource> source_;
  const Now now_;
  std::optional<AccessToken> token_;
  std::optional<WallTime> failed_;  // the last attempt
  bool asking_ = false;
  std::vector<Done> waiting_;
};

}  // namespace webpubsub
