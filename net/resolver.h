// Host names to addresses, off the loop: getaddrinfo() blocks for as long as a name server likes.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"

namespace webpubsub::net {

/// Used on the loop's thread. One worker thread, started with the first question; the loop does not
/// wait for it at the end, since nothing can interrupt getaddrinfo().
class Resolver {
 public:
  using Answer = std::function<void(Result<std::vector<std::string>>)>;

  explicit Resolver(EventLoop& loop);
  ~Resolver();  // unanswered questions stay unanswered
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Answers with numeric addresses in the order the system prefers them, on a later lap.
  /// Errors: Unavailable; NotFound when the name certainly does not exist.
  std::uint64_t resolve(std::string name, Answer answer);
  /// The answer of `question` will not be given.
  void forget(std::uint64_t question) { waiting_.erase(question); }

 private:
  struct Shared;
  void deliver();

  std::shared_ptr<Shared> shared_;
  std::unordered_map<std::uint64_t, Answer> waiting_;
  std::uint64_t last_question_ = 0;
  bool started_ = false;
  std::unique_ptr<Waker> waker_;
};

}  // namespace webpubsub::net
