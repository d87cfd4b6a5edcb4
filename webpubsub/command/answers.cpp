#include "webpubsub/command/answers.h"

#include <cstdio>
#include <string>
#include <utility>

#include <unistd.h>

#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/message_text.h"

namespace webpubsub::command {

int print_line(std::string_view line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
                       std::fputc('\n', stdout) != EOF && std::fflush(stdout) == 0;
  return written ? exit_code::kOk : exit_code::kIo;
}

int print_text(std::string_view text) {
  return ::isatty(STDOUT_FILENO) == 1 ? print_line(for_terminal(text)) : print_line(text);
}

int carry_out(const Place& place, const Change& change) {
  return with_service(place, [&change](Session& session, ServiceClient& service) {
    const auto done = session.wait_for<void>(
        [&](ServiceClient::Done<void> told) { change(service, std::move(told)); });
    return done ? exit_code::kOk : fail(done.error());
  });
}

int answer(const Place& place, bool json, const Words& words, const Question& question) {
  return with_service(place, [&](Session& session, ServiceClient& service) {
    const auto is_so = session.wait_for<bool>(
        [&](ServiceClient::Done<bool> told) { question(service, std::move(told)); });
    if (!is_so) return fail(is_so.error());
    std::string line(*is_so ? words.yes : words.no);
    if (json) line = "{\"" + std::string(words.key) + "\":" + (*is_so ? "true}" : "false}");
    if (const int printed = print_line(line); printed != exit_code::kOk) return printed;
    return *is_so ? exit_code::kOk : exit_code::kFailure;
  });
}

}  // namespace webpubsub::command
