#include "base/base64.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

// RFC 4648, section 10
TEST(Base64, EncodesTheVectorsOfItsSpecification) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
    const std::string unpadded(encoded.substr(0, encoded.find('=')));
    EXPECT_EQ(base64url_encode(plain), unpadded);
    EXPECT_EQ(base64url_decode(unpadded), plain);
  }
}

TEST(Base64, UsesTheAlphabetAskedFor) {
  const std::string bytes("\xFB\xFF\xBF", 3);
  EXPECT_EQ(base64_encode(bytes), "+/+/");
  EXPECT_EQ(base64url_encode(bytes), "-_-_");
  EXPECT_FALSE(base64_decode("-_-_"));
  EXPECT_FALSE(base64url_decode("+/+/"));
}

TEST(Base64, CarriesEveryByteAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, AppendsBehindWhatIsThere) {
  std::string out = "data:";
  base64_append(out, "foob");
  EXPECT_EQ(out, "data:Zm9vYg==");
}

TEST(Base64, RefusesWhatIsSpeltLoosely) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Z", "Zg== ", " Zg==", "Zm 9v", "Zm9v\n",
        "Zh==", "Zm9=", "Zg==Zg==", "====", "Zm9v=", "Zm!v", "=Zm9"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
  for (const std::string_view text : {"Zg==", "Z", "Zh", "Zm9", "Zm9v=", "Zm 9", "Zm9vY"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
  EXPECT_FALSE(base64_decode(std::string_view("Zm9\0", 4)));
}

}  // namespace
}  // namespace webpubsub
