#include "webpubsub/command/session.h"

#include <iostream>

namespace webpubsub::command {

namespace {

/// Errors reach the user as answers of the verb; the log is for who looks closer.
class StderrSink final : public LogSink {
 public:
  explicit StderrSink(bool debug) : debug_(debug) {}
  void write(const LogRecord& record) override {
    if (!debug_) return;
    std::cerr << "debug: " << record.event << ": " << record.message;
    for (const LogField& field : record.fields) std::cerr << ' ' << field.key << '=' << field.value;
    std::cerr << '\n';
  }

 private:
  bool debug_;
};

}  // namespace

Session::Session(bool debug)
    : sink_(std::make_unique<StderrSink>(debug)),
      log_(*sink_, debug ? LogLevel::Debug : LogLevel::Error) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(bool debug) {
  std::unique_ptr<Session> session(new Session(debug));
  auto loop = net::EventLoop::create(session->log_);
  if (!loop) return loop.error();
  session->loop_ = std::move(loop).value();
  return session;
}

}  // namespace webpubsub::command
