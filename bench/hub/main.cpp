// hub-bench-crowd PORT TARGET CLIENTS GROUPS: connects, says so, then runs what it is told to by
// lines "RATE SECONDS" and answers each with a line of JSON, until its standard input ends.

#include <cstdlib>
#include <iostream>

#include "bench/hub/crowd.h"

namespace {

using gateway::bench::Crowd;

int fail(const webpubsub::Error& error) {
  std::cerr << error.message << '\n';
  return EXIT_FAILURE;
}

int crowd_main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: hub-bench-crowd PORT TARGET CLIENTS GROUPS\n";
    return 64;
  }
  Crowd crowd({.port = static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)),
               .target = argv[2],
               .clients = std::strtoul(argv[3], nullptr, 10),
               .groups = std::strtoul(argv[4], nullptr, 10)});
  if (const auto connected = crowd.connect(); !connected) return fail(connected.error());
  std::cout << "{\"connected\":true}" << std::endl;
  std::uint64_t rate = 0;
  double seconds = 0;
  while (std::cin >> rate >> seconds) {
    const auto run = crowd.run(rate, seconds);
    if (!run) return fail(run.error());
    std::cout << "{\"sent\":" << run->sent << ",\"expected\":" << run->expected
              << ",\"delivered\":" << run->delivered << ",\"closed\":" << run->closed
              << ",\"seconds\":" << run->seconds << ",\"p50_ms\":" << run->p50_ms
              << ",\"p99_ms\":" << run->p99_ms << ",\"max_ms\":" << run->max_ms << "}" << std::endl;
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return crowd_main(argc, argv); }
