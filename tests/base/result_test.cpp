#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error{Errc::Timeout, "no answer", 504};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::Timeout);
  EXPECT_EQ(bad.error().service_code, 504);
}

TEST(Result, GivesUpWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfNothingIsGoodUnlessSaidOtherwise) {
  EXPECT_TRUE(Result<void>{});
  const Result<void> bad = Error{Errc::Io, "disk full"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "disk full");
}

TEST(Errors, HaveNamesAndKnowWhetherToTryAgain) {
  for (const Errc code :
       {Errc::InvalidArgument, Errc::Unauthorized, Errc::NotFound, Errc::Unavailable, Errc::Timeout,
        Errc::Cancelled, Errc::ResourceExhausted, Errc::Protocol, Errc::Io, Errc::Internal}) {
    EXPECT_FALSE(to_string(code).empty());
    const bool transient =
        code == Errc::Unavailable || code == Errc::Timeout || code == Errc::ResourceExhausted;
    EXPECT_EQ(is_transient(code), transient) << to_string(code);
  }
}

}  // namespace
}  // namespace webpubsub
