#include "net/resolver.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

namespace webpubsub::net {

namespace {

struct Question {
  std::uint64_t id = 0;
  std::string name{};
};

struct Reply {
  std::uint64_t id = 0;
  Result<std::vector<std::string>> addresses;
};

Error lookup_error(const std::string& name, int code) {
  const bool unknown = code == EAI_NONAME;
  return Error{unknown ? Errc::NotFound : Errc::Unavailable,
               "cannot resolve " + name + ": " + ::gai_strerror(code)};
}

Result<std::vector<std::string>> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (code == EAI_NONAME || code == EAI_ADDRFAMILY || code == EAI_NODATA) {
    // AI_ADDRCONFIG hides loopback names on a machine without any other interface.
    hints.ai_flags = 0;
    code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  }
  if (code != 0) return lookup_error(name, code);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) {
      addresses.emplace_back(text);
    }
  }
  if (addresses.empty()) return lookup_error(name, EAI_NODATA);
  return addresses;
}

}  // namespace

/// What the worker may still hold on to when the resolver is gone.
struct Resolver::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;
  std::vector<Reply> replies;
  Waker* waker = nullptr;
  bool stopped = false;

  static void work(const std::shared_ptr<Shared>& shared) {
    ::pthread_setname_np(::pthread_self(), "resolver");
    std::unique_lock lock(shared->mutex);
    for (;;) {
      shared->changed.wait(lock, [&] { return shared->stopped || !shared->questions.empty(); });
      if (shared->stopped) return;
      const Question question = std::move(shared->questions.front());
      shared->questions.pop_front();
      lock.unlock();
      auto addresses = look_up(question.name);
      lock.lock();
      if (shared->stopped) return;
      shared->replies.push_back({question.id, std::move(addresses)});
      shared->waker->wake();
    }
  }
};

Resolver::Resolver(EventLoop& loop)
    : shared_(std::make_shared<Shared>()),
      waker_(std::make_unique<Waker>(loop, [this] { deliver(); })) {
  shared_->waker = waker_.get();
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
    shared_->waker = nullptr;
  }
  shared_->changed.notify_all();
}

std::uint64_t Resolver::resolve(std::string name, Answer answer) {
  const std::uint64_t question = ++last_question_;
  waiting_.emplace(question, std::move(answer));
  {
    const std::lock_guard lock(shared_->mutex);
    if (!started_) {
      // Signals belong to the main thread.
      sigset_t all{};
      sigset_t before{};
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
      try {
        std::thread([shared = shared_] { Shared::work(shared); }).detach();
        started_ = true;
      } catch (const std::system_error&) {
        shared_->replies.push_back({question, Error{Errc::Io, "no thread to resolve names in"}});
        waker_->wake();
      }
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!started_) return question;
    }
    shared_->questions.push_back({question, std::move(name)});
  }
  shared_->changed.notify_one();
  return question;
}

void Resolver::deliver() {
  std::vector<Reply> replies;
  {
    const std::lock_guard lock(shared_->mutex);
    replies.swap(shared_->replies);
  }
  for (auto& reply : replies) {
    const auto found = waiting_.find(reply.id);
    if (found == waiting_.end()) continue;
    const Answer answer = std::move(found->second);
    waiting_.erase(found);
    answer(std::move(reply.addresses));
  }
}

}  // namespace webpubsub::net
