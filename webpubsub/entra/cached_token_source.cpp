#include "webpubsub/entra/cached_token_source.h"

#include <utility>

namespace webpubsub {

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

// Entra's tokens live for an hour and more; the instance metadata service renews its own before
// the last five minutes.
constexpr std::chrono::seconds kRenewBefore = 5min;
constexpr std::chrono::seconds kStillGood = 30s;          // for the use that follows at once
constexpr std::chrono::seconds kPauseAfterFailure = 30s;  // while the old one is still good
constexpr std::size_t kMaxWaiting = 1000;

}  // namespace

bool CachedTokenSource::is_good_for(std::chrono::seconds time) const {
  return token_ && token_->expires - now_() > time;
}

void CachedTokenSource::access_token(Done done) {
  const bool paused = failed_ && now_() >= *failed_ && now_() - *failed_ < kPauseAfterFailure;
  if (is_good_for(kRenewBefore) || (paused && is_good_for(kStillGood))) return done(*token_);
  if (waiting_.size() >= kMaxWaiting) {
    return done(Error{Errc::ResourceExhausted, "too many wait for an access token"});
  }
  waiting_.push_back(std::move(done));
  if (!asking_) ask();
}

void CachedTokenSource::ask() {
  asking_ = true;
  source_->access_token([this](Result<AccessToken> answer) { on_answer(std::move(answer)); });
}

// Callbacks may ask again, or destroy us.
void CachedTokenSource::on_answer(Result<AccessToken> answer) {
  asking_ = false;
  if (answer) {
    token_ = *answer;
    failed_.reset();
  } else {
    failed_ = now_();
    if (is_good_for(kStillGood)) answer = *token_;
  }
  const std::vector<Done> waiting = std::move(waiting_);
  waiting_.clear();
  for (const Done& done : waiting) done(answer);
}

}  // namespace webpubsub
