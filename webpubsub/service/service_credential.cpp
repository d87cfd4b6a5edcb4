#include "webpubsub/service/service_credential.h"

#include <utility>

namespace webpubsub {

namespace {

class ServiceCredential final : public Credential {
 public:
  ServiceCredential(std::shared_ptr<ServiceClient> service, ClientTokenOptions options)
      : service_(std::move(service)), options_(std::move(options)) {}

  void client_access_url(Done done) override {
    service_->client_access(options_, [done = std::move(done)](Result<ClientAccess> access) {
      done(access ? Result<Secret>(std::move(access->url)) : Result<Secret>(access.error()));
    });
  }

 private:
  const std::shared_ptr<ServiceClient> service_;
  const ClientTokenOptions options_;
};

}  // namespace

std::unique_ptr<Credential> make_service_credential(std::shared_ptr<ServiceClient> service,
                                                    ClientTokenOptions options) {
  return std::make_unique<ServiceCredential>(std::move(service), std::move(options));
}

}  // namespace webpubsub
