#include "webpubsub/command/exit_codes.h"

#include <iostream>
#include <string_view>

#include "webpubsub/command/message_text.h"

namespace webpubsub::command {

namespace {

std::string_view remedy_for(const Error& error) {
  constexpr int kHttpUnauthorized = 401;
  constexpr int kHttpForbidden = 403;
  if (error.service_code == kHttpUnauthorized) {
    return "is the connection string that of this service, and the clock right?";
  }
  if (error.service_code == kHttpForbidden) {
    return "the identity needs the role 'Web PubSub Service Owner', and the service's network "
           "rules "
           "must let this machine in";
  }
  switch (error.code) {
    case Errc::Unavailable:
      return "does the endpoint answer? try: webpubsub health";
    case Errc::ResourceExhausted:
      return "the service has enough to do; try again later, or with less";
    case Errc::Protocol:
      return "is what answers there Azure Web PubSub?";
    default:
      return {};
  }
}

void tell(const Error& error, std::string_view remedy) {
  std::cerr << "webpubsub: " << for_terminal(error.message) << '\n';
  if (!remedy.empty()) std::cerr << "  " << remedy << '\n';
}

}  // namespace

int exit_code_for(Errc code) {
  switch (code) {
    case Errc::InvalidArgument:
      return exit_code::kBadInput;
    case Errc::Unauthorized:
      return exit_code::kPermission;
    case Errc::Unavailable:
      return exit_code::kUnavailable;
    case Errc::Timeout:
    case Errc::ResourceExhausted:
      return exit_code::kTryAgain;
    case Errc::Io:
      return exit_code::kIo;
    case Errc::Internal:
      return exit_code::kInternal;
    case Errc::NotFound:
    case Errc::Cancelled:
    case Errc::Protocol:
      break;
  }
  return exit_code::kFailure;
}

int fail(const Error& error) {
  tell(error, remedy_for(error));
  return exit_code_for(error.code);
}

int fail_configuration(const Error& error) {
  tell(error, {});
  return exit_code::kConfiguration;
}

}  // namespace webpubsub::command
