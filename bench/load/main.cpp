// gateway-bench-load BROKER_PORT [QOS]: both ends of a gateway under test. Driven by bench/run.

#include <charconv>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include "bench/load/commands.h"

namespace {

int fail(std::string_view what) {
  std::cerr << "gateway-bench-load: " << what << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using gateway::bench::Commands;
  using gateway::bench::Publisher;
  using gateway::bench::PublisherOptions;
  using gateway::bench::Results;
  using gateway::bench::Sink;

  PublisherOptions options;
  const std::string_view port = argc > 1 ? argv[1] : "";
  const std::string_view qos = argc > 2 ? argv[2] : "0";
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), options.broker_port);
  if (parsed.ec != std::errc{} || argc > 3 || (qos != "0" && qos != "1")) {
    return fail("usage: gateway-bench-load BROKER_PORT [QOS]");
  }
  options.qos = qos == "1" ? 1 : 0;

  Results results;
  auto sink = Sink::start(results);
  if (!sink) return fail(sink.error().message);
  auto publisher = Publisher::connect(options);
  if (!publisher) return fail(publisher.error().message);

  std::cout << R"({"port":)" << sink.value()->port() << "}" << std::endl;
  Commands commands(std::move(publisher).value(), *sink.value(), results);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << commands.run(line) << std::endl;
  }
  return 0;
}
