// ce-signature, against values that another implementation computed:
//   printf %s CONNECTION | openssl dgst -sha256 -hmac KEY

#include "webpubsub/events/event_signature.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

const std::string kConnection = "0bd83792-2a0c-48d3-9fbd-df63aa2ed9db";
const Secret kPrimary("cHJpbWFyeQ==-is-text-not-base64-0123456789");
const Secret kSecondary("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH");
const std::string kByPrimary = "c0725ea64965004047f183f255e792cdb859bdeec24f9202e26ab9dc8668564c";
const std::string kBySecondary = "c41b7fc2393f26ec5d5909cb570af61689395c9dc2472fdd58bf731769f40715";

TEST(EventSignature, IsOneHexDigestForEachKeyWithoutBlanks) {
  EXPECT_EQ(event_signature(kConnection, {kPrimary, kSecondary}),
            "sha256=" + kByPrimary + ",sha256=" + kBySecondary);
  EXPECT_EQ(event_signature(kConnection, {kSecondary}), "sha256=" + kBySecondary);
}

TEST(EventSignature, HoldsWithEitherKey) {
  const std::string header = "sha256=" + kByPrimary + ",sha256=" + kBySecondary;
  EXPECT_TRUE(is_event_signature(header, kConnection, {kPrimary, kSecondary}));
  EXPECT_TRUE(is_event_signature(header, kConnection, {kPrimary}));
  EXPECT_TRUE(is_event_signature(header, kConnection, {kSecondary}));
  // While keys are rotated the sender's list and ours overlap in one.
  EXPECT_TRUE(
      is_event_signature("sha256=" + kBySecondary, kConnection, {Secret("other"), kSecondary}));
}

TEST(EventSignature, DigitsOfEitherCaseAndBlanksAroundAreAccepted) {
  std::string upper = kByPrimary;
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  EXPECT_TRUE(is_event_signature("sha256=" + upper, kConnection, {kPrimary}));
  EXPECT_TRUE(is_event_signature("sha256=00, sha256=" + kByPrimary + " ", kConnection, {kPrimary}));
}

TEST(EventSignature, ForgedOnesAreRefused) {
  std::string changed = kByPrimary;
  changed[63] = changed[63] == '0' ? '1' : '0';
  const std::string good = "sha256=" + kByPrimary;
  for (const std::string& header :
       {std::string(), std::string("sha256="), "sha256=" + changed, kByPrimary,
        "sha1=" + kByPrimary, good.substr(0, good.size() - 1), good + "0", std::string(10'000, ','),
        "SHA256=" + kByPrimary}) {
    EXPECT_FALSE(is_event_signature(header, kConnection, {kPrimary})) << header;
  }
  EXPECT_FALSE(is_event_signature(good, "another connection", {kPrimary}));
  EXPECT_FALSE(is_event_signature(good, kConnection, {Secret("another key")}));
  EXPECT_FALSE(is_event_signature(good, kConnection, {}));
}

TEST(EventSignature, AnEmptyKeyOrConnectionProvesNothing) {
  const std::string by_nothing = event_signature(kConnection, {Secret()});
  EXPECT_FALSE(is_event_signature(by_nothing, kConnection, {Secret()}));
  EXPECT_FALSE(is_event_signature(event_signature("", {kPrimary}), "", {kPrimary}));
}

}  // namespace
}  // namespace webpubsub
