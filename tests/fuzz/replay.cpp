// Runs a fuzz target without a fuzzer: every file of its corpus, then inputs made of them, the same
// ones each time. An input that ends the process is left behind as a file, to be put into the
// corpus.
//
//   replay_NAME [--rounds N] [--seconds S] CORPUS
//
// It stops after so many rounds or seconds, whichever comes first.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr std::size_t kMaxInput = 4096;
constexpr unsigned kMaxChanges = 6;
constexpr std::string_view kLively[] = {{"\0", 1}, "\x7f", "\x80",  "\xff",  "\xff\xff\xff\xff",
                                        "-1",      "0",    "\"",    "'",     "\\",
                                        "{",       "}",    "[",     "]",     "(",
                                        ",",       ":",    "%",     "\r\n",  " ",
                                        "/",       "null", "65536", "1e400", "18446744073709551616",
                                        "\xc3\x28"};

std::string current;  // what runs now
std::string finding = "fuzz-finding";

// Async-signal-safe: the process is dying.
void keep_input() {
  const int file = ::open(finding.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  const char* at = current.data();
  std::size_t left = current.size();
  while (left > 0) {
    const ssize_t written = ::write(file, at, left);
    if (written <= 0) break;
    at += written;
    left -= static_cast<std::size_t>(written);
  }
  ::close(file);
  constexpr std::string_view kWords = "the input is kept as ";
  [[maybe_unused]] const auto said = ::write(STDERR_FILENO, kWords.data(), kWords.size()) +
                                     ::write(STDERR_FILENO, finding.data(), finding.size()) +
                                     ::write(STDERR_FILENO, "\n", 1);
}

extern "C" void on_death(int signal) {
  keep_input();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  // A copy of its very size, so that a sanitizer sees a read beyond the end.
  const std::vector<unsigned char> bytes(current.begin(), current.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string input = seeds_[below(seeds_.size())];
    for (std::size_t left = 1 + below(kMaxChanges); left > 0; --left) change(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  // The distributions of <random> differ between libraries; a remainder does not.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void change(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t count = std::min(input.size() - at, 1 + below(16));
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 2:
        input.erase(at, count);
        break;
      case 3:
        input.insert(at, kLively[below(std::size(kLively))]);
        break;
      case 4:
        input.insert(at, std::string(input, at, count));
        break;
      case 5: {  // the end of another one
        const std::string& other = seeds_[below(seeds_.size())];
        input.replace(at, std::string::npos, other, below(other.size() + 1), std::string::npos);
        break;
      }
      default: {  // a piece of one, again and again
        const std::string& other = seeds_[below(seeds_.size())];
        const std::string piece(other, below(other.size() + 1), 1 + below(8));
        for (std::size_t times = below(64); times > 0; --times) input.insert(at, piece);
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{20251121};
};

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path());
  std::sort(names.begin(), names.end());  // the system's order is no order
  std::vector<std::string> seeds;
  seeds.reserve(names.size());
  for (const auto& name : names) {
    std::ifstream file(name, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t rounds = 1000;
  std::chrono::seconds limit{60};
  std::filesystem::path corpus;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--rounds" && i + 1 < argc) {
      rounds = number(argv[++i]);
    } else if (word == "--seconds" && i + 1 < argc) {
      limit = std::chrono::seconds(number(argv[++i]));
    } else {
      corpus = word;
    }
  }
  finding = std::filesystem::current_path() / ("finding-of-" + corpus.filename().string());
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_death);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);

  const std::vector<std::string> seeds = read_corpus(corpus);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", corpus.c_str());
    return EXIT_FAILURE;
  }
  run({});
  for (const std::string& seed : seeds) run(seed);
  Mutator mutator(seeds);
  const auto end = std::chrono::steady_clock::now() + limit;
  std::uint64_t done = 0;
  for (; done < rounds && std::chrono::steady_clock::now() < end; ++done) run(mutator.next());
  std::printf("%zu seeds, %llu inputs made of them\n", seeds.size(),
              static_cast<unsigned long long>(done));
  return EXIT_SUCCESS;
}
