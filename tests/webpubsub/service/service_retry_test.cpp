// When an operation is tried again, and when it must not be.

#include "recording_service.h"

namespace webpubsub::testing {
namespace {

const Data kText{DataType::Text, "hi"};

class ServiceRetry : public ServiceTest {
 protected:
  Result<void> send(ServiceClient& client) {
    return run<void>([&](auto done) { client.send_to_all(kText, {}, done); });
  }
  Result<void> add(ServiceClient& client) {
    return run<void>([&](auto done) { client.add_connection_to_group("g", "c", done); });
  }
};

TEST_F(ServiceRetry, ABusyServiceIsAskedAgain) {
  const auto client = make_client();
  service_.answers = {{.status = 429}, {.status = 503, .headers = {{"Retry-After", "0"}}}};
  EXPECT_TRUE(send(*client));
  EXPECT_EQ(service_.requests.size(), 3U);
}

TEST_F(ServiceRetry, RetriesEnd) {
  const auto client = make_client();
  service_.answers.assign(10, {.status = 503});
  const auto outcome = send(*client);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().service_code, 503);
  EXPECT_EQ(service_.requests.size(), 4U);
}

TEST_F(ServiceRetry, AServiceThatWantsMoreTimeThanWeWouldWaitIsNotWaitedFor) {
  const auto client = make_client();
  service_.answers = {{.status = 429, .headers = {{"Retry-After", "3600"}}}};
  EXPECT_FALSE(send(*client));
  EXPECT_EQ(service_.requests.size(), 1U);
}

TEST_F(ServiceRetry, ASendWhoseFateIsUnknownIsNotRepeated) {
  const auto client = make_client();
  service_.answers = {{.status = 500}};
  EXPECT_FALSE(send(*client));
  EXPECT_EQ(service_.requests.size(), 1U);
}

TEST_F(ServiceRetry, WhatMayBeRepeatedIs) {
  const auto client = make_client();
  service_.answers = {{.status = 500}, {.status = 502}};
  EXPECT_TRUE(add(*client));
  EXPECT_EQ(service_.requests.size(), 3U);
}

TEST_F(ServiceRetry, RefusalsAreFinal) {
  const auto client = make_client();
  service_.answers = {{.status = 401}};
  EXPECT_FALSE(add(*client));
  EXPECT_EQ(service_.requests.size(), 1U);
}

TEST_F(ServiceRetry, SilenceIsATimeout) {
  ServiceClientOptions hasty = options();
  hasty.timeout = std::chrono::milliseconds(50);
  hasty.max_retries = 1;
  const auto client = make_client(std::move(hasty));
  service_.answers = {{.status = 0}, {.status = 0}};
  const auto outcome = add(*client);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::Timeout);
  EXPECT_EQ(service_.requests.size(), 2U);
}

TEST_F(ServiceRetry, AnAbsentServiceIsUnavailable) {
  const auto client = make_client();
  service_.stop();
  const auto outcome = add(*client);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::Unavailable);
  const auto healthy = run<bool>([&](auto done) { client->is_healthy(done); });
  EXPECT_FALSE(healthy);
}

TEST_F(ServiceRetry, OperationsAreBounded) {
  ServiceClientOptions few = options();
  few.max_operations = 2;
  const auto client = make_client(std::move(few));
  int well = 0;
  std::vector<Error> errors;
  for (int i = 0; i < 3; ++i) {
    client->send_to_all(kText, {}, [&](const Result<void>& outcome) {
      if (outcome) {
        ++well;
      } else {
        errors.push_back(outcome.error());
      }
    });
  }
  ASSERT_TRUE(gateway::support::run_until(*loop_, [&] { return well == 2 && errors.size() == 1; }));
  EXPECT_EQ(errors[0].code, Errc::ResourceExhausted);
  EXPECT_TRUE(send(*client));  // there is room again
}

TEST_F(ServiceRetry, AClientThatGoesTakesItsOperationsAlong) {
  auto client = make_client();
  service_.answers.assign(3, {.status = 0});
  for (int i = 0; i < 3; ++i) {
    client->send_to_all(kText, {}, [](const Result<void>&) { FAIL() << "nobody is there"; });
  }
  client->send_to_user("", kText, {}, [](const Result<void>&) { FAIL() << "nobody is there"; });
  client.reset();
  loop_->run_once(std::chrono::milliseconds(0));
  EXPECT_TRUE(service_.requests.size() <= 3);
}

TEST_F(ServiceRetry, ACallbackMayDestroyTheClient) {
  auto client = make_client();
  bool over = false;
  client->send_to_all(kText, {}, [&](const Result<void>& outcome) {
    EXPECT_TRUE(outcome);
    client.reset();
    over = true;
  });
  EXPECT_TRUE(gateway::support::run_until(*loop_, [&] { return over; }));
}

}  // namespace
}  // namespace webpubsub::testing
