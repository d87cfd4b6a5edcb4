// Sends a text to a group: send-message HUB GROUP TEXT, with WEBPUBSUB_CONNECTION_STRING set.

#include <cstdlib>
#include <iostream>

#include "webpubsub/service/service_client.h"

struct NoLog : webpubsub::LogSink {
  void write(const webpubsub::LogRecord&) override {}
};

int fail(const webpubsub::Error& error) {
  std::cerr << error.message << '\n';
  return EXIT_FAILURE;
}

int main(int argc, char** argv) {
  const char* text = std::getenv("WEBPUBSUB_CONNECTION_STRING");
  if (argc != 4 || text == nullptr) return fail({.message = "send-message HUB GROUP TEXT"});
  const auto where = webpubsub::parse_connection_string(text);
  if (!where) return fail(where.error());
  NoLog sink;
  webpubsub::Log log(sink, webpubsub::LogLevel::Error);
  const auto loop = webpubsub::net::EventLoop::create(log);
  if (!loop) return fail(loop.error());
  const auto service =
      webpubsub::ServiceClient::create(**loop, {.connection_string = *where, .hub = argv[1]});
  if (!service) return fail(service.error());
  int exit_code = EXIT_SUCCESS;
  (*service)->send_to_group(argv[2], {webpubsub::DataType::Text, argv[3]}, {}, [&](auto sent) {
    if (!sent) exit_code = fail(sent.error());
    (*loop)->stop();
  });
  (*loop)->run();
  return exit_code;
}
