// Filters of the REST API.

#include "hub/odata_filter/filter.h"
#include "tests/fuzz/expect.h"

namespace webpubsub::fuzz {
namespace {

class Subject final : public hub::FilterSubject {
 public:
  explicit Subject(std::string_view user_id) : user_id_(user_id) {}
  std::string_view user_id() const override { return user_id_; }
  std::string_view connection_id() const override { return "conn-1"; }
  std::string_view protocol() const override { return user_id_.empty() ? "" : "mqtt"; }
  bool is_in_group(std::string_view group) const override { return group == "g1"; }
  std::size_t group_count() const override { return 1; }

 private:
  std::string_view user_id_;
};

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string text(fuzz::text_of(bytes, size));
  const auto filter = hub::Filter::parse(text);
  const auto opposite = hub::Filter::parse("not (" + text + ")");
  if (!filter) {
    fuzz::expect(!filter.error().message.empty(), "a refusal says why");
    return 0;
  }
  for (const std::string_view user : {"", "u1", "\xc3\xa9t\xc3\xa9"}) {
    const fuzz::Subject subject(user);
    const bool matches = filter->matches(subject);
    fuzz::expect(matches == filter->matches(subject), "a filter has one answer");
    if (opposite) fuzz::expect(matches != opposite->matches(subject), "not is the opposite");
  }
  return 0;
}
