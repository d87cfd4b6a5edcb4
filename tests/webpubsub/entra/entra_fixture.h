// A token endpoint on this machine, and questions to it.

#pragma once

#include "tests/support/temp_folder.h"
#include "tests/webpubsub/service/recording_service.h"
#include "webpubsub/entra/entra.h"

namespace webpubsub::testing {

inline constexpr char kTokenAnswer[] =
    R"({"token_type":"Bearer","expires_in":3599,"access_token":"an-entra-token"})";

class EntraTest : public ServiceTest {
 protected:
  EntraConnection connection() const { return {.authority = service_.endpoint() + "/"}; }
  void answer_with_token() { service_.answers.push_back({.body = kTokenAnswer}); }
  Result<AccessToken> ask(TokenSource& source) {
    std::optional<Result<AccessToken>> outcome;
    source.access_token([&](Result<AccessToken> token) { outcome = std::move(token); });
    if (!gateway::support::run_until(*loop_, [&] { return outcome.has_value(); })) {
      return Error{Errc::Timeout, "no answer"};
    }
    return *std::move(outcome);
  }
  std::string header(std::size_t request, std::string_view name) const {
    return std::string(net::find_header(service_.requests[request].headers, name).value_or(""));
  }

  const EntraApplication application_{.tenant_id = "contoso", .client_id = "app-1"};
  gateway::support::TempFolder folder_;
};

}  // namespace webpubsub::testing
