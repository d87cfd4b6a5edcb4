#include "hub/dashboard/dashboard.h"

#include <regex>
#include <string>

#include <gtest/gtest.h>

#include "hub/dashboard/files.h"

namespace webpubsub::hub::dashboard {
namespace {

std::string header(const net::HttpResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

TEST(Dashboard, ServesThePageAtTheRoot) {
  const auto page = asset("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(header(*page, "content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(page->body.starts_with("<!doctype html>"));
}

TEST(Dashboard, EverythingThePageNamesIsThere) {
  const std::string page = asset("/")->body;
  const std::regex reference("(?:src|href)=\"([^\"#]+)\"");
  int found = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), reference), end; it != end; ++it) {
    EXPECT_TRUE(asset("/" + (*it)[1].str())) << (*it)[1];
    ++found;
  }
  EXPECT_GE(found, 6);
}

TEST(Dashboard, EveryModuleThatAModuleImportsIsThere) {
  const std::regex import("from '\\./([^']+)'");
  for (const File& file : files()) {
    const std::string text(file.bytes);
    for (std::sregex_iterator it(text.begin(), text.end(), import), end; it != end; ++it) {
      EXPECT_TRUE(asset("/dashboard/" + (*it)[1].str())) << file.path << " imports " << (*it)[1];
    }
  }
}

TEST(Dashboard, NothingOfItNamesAnotherPlace) {
  const std::regex outside("(?:src|href|url\\(|import|fetch\\()[ =(]*[\"']?https?://");
  for (const File& file : files()) {
    EXPECT_FALSE(std::regex_search(std::string(file.bytes), outside)) << file.path;
  }
}

TEST(Dashboard, EveryFileHasATypeAndATagOfItsOwn) {
  for (const File& file : files()) {
    const auto response = asset(file.path);
    ASSERT_TRUE(response);
    EXPECT_FALSE(header(*response, "content-type").empty()) << file.path;
    EXPECT_EQ(header(*response, "etag").size(), 18U) << file.path;
    EXPECT_EQ(header(*response, "x-content-type-options"), "nosniff");
    EXPECT_EQ(header(*response, "referrer-policy"), "no-referrer");
    EXPECT_NE(header(*response, "content-security-policy").find("script-src 'self';"),
              std::string::npos);
  }
  EXPECT_EQ(header(*asset("/dashboard/main.js"), "content-type"), "text/javascript; charset=utf-8");
  EXPECT_NE(header(*asset("/dashboard/main.js"), "etag"), header(*asset("/"), "etag"));
}

TEST(Dashboard, WhoHasItAlreadyGetsNoBody) {
  const std::string tag = header(*asset("/"), "etag");
  for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag}) {
    const auto response = asset("/", known);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 304) << known;
    EXPECT_TRUE(response->body.empty());
    EXPECT_EQ(header(*response, "etag"), tag);
  }
  EXPECT_EQ(asset("/", "\"other\"")->status, 200);
}

TEST(Dashboard, OtherPathsAreNotOurs) {
  for (const char* path : {"", "/index.html", "/dashboard/", "/dashboard/negotiate",
                           "/dashboard/../main.js", "/dashboard/main.js/", "/MAIN.JS"}) {
    EXPECT_FALSE(asset(path)) << path;
  }
}

TEST(Dashboard, TheChartLibraryBringsItsLicence) {
  const auto licence = asset("/dashboard/uplot.LICENSE");
  ASSERT_TRUE(licence);
  EXPECT_NE(licence->body.find("The MIT License"), std::string::npos);
}

}  // namespace
}  // namespace webpubsub::hub::dashboard
