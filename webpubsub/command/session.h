// What a verb runs on: a loop and a log, for as long as it takes.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub::command {

class Session {
 public:
  /// With `debug` the SDK's log goes to standard error. Errors: those of the loop.
  static Result<std::unique_ptr<Session>> open(bool debug);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  net::EventLoop& loop() noexcept { return *loop_; }
  Log& log() noexcept { return log_; }

  /// Runs the loop until what `start` begins has called its argument.
  template <class T>
  Result<T> wait_for(const std::function<void(ServiceClient::Done<T>)>& start) {
    std::optional<Result<T>> answer;
    start([this, &answer](Result<T> result) {
      answer.emplace(std::move(result));
      loop_->stop();
    });
    while (!answer) loop_->run();
    return std::move(*answer);
  }

 private:
  explicit Session(bool debug);

  std::unique_ptr<LogSink> sink_;
  Log log_;
  std::unique_ptr<net::EventLoop> loop_{};
};

}  // namespace webpubsub::command
