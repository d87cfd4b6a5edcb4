#include "daemon/logging/message_ids.h"

#include <algorithm>

namespace gateway {
namespace {

constexpr EventId kEventIds[] = {
    {"cloud.connect_failed", "822842697af24209bd43e6fe6622c48e"},
    {"cloud.connected", "da057dacf00e46b2b2b7899ee3e0a409"},
    {"cloud.disconnected", "57234268ae73454992c985071c62e208"},
    {"cloud.join_failed", "7f6d6300e06143c2a810011516ecbd99"},
    {"command.answer_dropped", "394235b0f553437bb6f1adc276488df7"},
    {"command.delivered", "71bd7f43f7684684946fc326abe7c17c"},
    {"command.duplicate", "4a900fc64c1c46918a0b2e9028c3827d"},
    {"command.expired", "6b0110c811ef46de8a9c25f3b7f898ca"},
    {"command.failed", "48dd30a3520e4373af89c44d9852ee77"},
    {"command.rejected", "8c9f37c51efe4ee091af54b7beecb78c"},
    {"command.replied", "8086afa28283433781a69afb155c3f5c"},
    {"command.timed_out", "8722a6c3f714479199578403cbf0224a"},
    {"config.invalid", "fbe885cb4ea94ad1952ea16e7e53ee2f"},
    {"control.refused", "943e8a5998ca468c9a1daede77b3b6d1"},
    {"control.request", "701adfe5a8a44264bb279b99db5fad83"},
    {"credentials.changed", "a9a7a90a455a43c68a3068ccbc2f5fb1"},
    {"credentials.exposed", "6898a4d56d9a4859b577910b59eeb99b"},
    {"credentials.refused", "b2bb7e74995a43df9fd1478ccb5c913b"},
    {"credentials.unwatched", "7f5c72daf1e1410bbaae7e07cf6ae4d3"},
    {"devices.commands_refused", "94c07f6250a84c1a8db573b9c13ed7cf"},
    {"devices.disconnected", "b15f655614de4825b3bd9110a8f074c3"},
    {"event.no_reply", "3a0c5f4be0a24b0f9a37d1c86e52b974"},
    {"gateway.conservation", "431d4ef16335454f93437976189e87c2"},
    {"gateway.reload_problem", "251906deaee74ba4ad90bf46d454f69c"},
    {"gateway.reload_refused", "ec3d84b5fbdc4ebaa6f10a503f2c83a8"},
    {"gateway.reloaded", "d800d79ab88541cdaf42fdb94406c062"},
    {"gateway.reloading", "6942e39964064989aa8bca2923f75f8c"},
    {"gateway.setting_changed", "139a0938f10e48e2a91ca16f9f07177f"},
    {"gateway.start_failed", "32a13e9c3b8c46ea903b3b482a0b2a6a"},
    {"gateway.started", "ab457ded60e949aa9689dca72fa8b1cc"},
    {"gateway.stopped", "4e838b1e72fc4990a2b2ed0f8f5cc282"},
    {"gateway.stopping", "e6061630273944149e46c262bb02bf63"},
    {"gateway.summary", "b6f9153c5b7a41e7968f32b0aafe259c"},
    {"hub.client_connected", "c13f997d1ef84f419ed54dd11f30f937"},
    {"hub.client_disconnected", "5d7ac43fcb424706b5cba50a7b1c52e9"},
    {"hub.client_recovered", "a203fb33f56a403287ec4e11b78120c3"},
    {"hub.dashboard_refused", "8521187cb1e8418db409a9b0e47f1bd4"},
    {"hub.failed", "a7ca38f36ed74005845fe72227f5dd28"},
    {"hub.handshake_rejected", "fc3395fb178547b282d7817e7f5e25b7"},
    {"hub.listening", "6141ab4503634cc89b3449069f36cf53"},
    {"hub.malformed_frame", "2d285e33c0624d0f8ec72e82a0e60687"},
    {"hub.mirror_failed", "5d1bb6f0f0f34d0fa64c4e4f2f6a7c13"},
    {"hub.request_rejected", "44bd4d33957f471b9d19321dd4e06ae6"},
    {"hub.roles_dropped", "b97c9d917b7d4713a2ab6b6588b88df0"},
    {"hub.slow_client", "ad216d3da4ee437082b431d8ebc37658"},
    {"hub.too_many_groups", "6ecf195c3b2a4fffbb4e9fbc403d32a6"},
    {"hub.webhook_failed", "05f0de59f0a747fd970e730dd8dcf882"},
    {"log.dropped", "e64c148b81fb4de38e6b0999e50d6975"},
    {"log.level", "c5f16a52fa944f4d90d203280e771502"},
    {"memory.limit", "fa8b2e56e3b640a4945b879c3168f223"},
    {"mqtt.connect_failed", "1e1ad4c6bbdf436ea5a561475a29d409"},
    {"mqtt.connected", "7f11cb2a3ae64bde823f7ad3b8a2613a"},
    {"mqtt.disconnected", "eb324a988611412cb972dfe8c015381b"},
    {"mqtt.paused", "fffd042665ed4abbb2409cfc2f0b9334"},
    {"mqtt.resumed", "09f8169d2cbc486db1cc78a764f2717c"},
    {"mqtt.subscription_refused", "f1338e043ba143299d356717b9e83ca3"},
    {"mqtt.version_refused", "4db3d002ef704386a311ae0696e2caa0"},
    {"net.libwebsockets", "3907e2201dff4f989f365075e7fddcf6"},
    {"net.refused", "57cda02714b24904884a82ba86d2c767"},
    {"net.unwatched", "eb07676e8919472d98ab7ed4caa74d7d"},
    {"report.commands", "4fadf950692145c384233ff4c89fa08b"},
    {"report.gateway", "4ddca9dacd504e63b6d4766e3e51cc42"},
    {"report.link", "2cdd77fa0ade429c939b9a1dbd6844a1"},
    {"report.queue", "8c3eea586d934850945504a0500fb8d7"},
    {"report.rule", "27c928bd4ae04c04a8af650e0763884d"},
    {"signal.received", "9498e354c38f4bf7ba59e83a5e97538a"},
    {"status.listening", "05a11dccdcea41daa90eb6ba3033e2c8"},
    {"store.damaged", "d89806ea6e6d4fb6badf50075420c578"},
    {"store.emptied", "e307328fb68b4b0b93be83111214ccd7"},
    {"store.filling", "21a112b11cc14cf2ba9e112f3182c387"},
    {"store.unusable", "f9cda3f0f1d547d783fba4e708c00c01"},
    {"store.usable", "c914ef2968054393ab337fb612234002"},
    {"uplink.bad_reading", "9e4e1aef4e784607b6549468d95bfa5d"},
    {"uplink.drained", "0b5e924e5b134e3698730829355be298"},
    {"uplink.dropped", "56f8c2547b6f429d947af68c703b2e85"},
    {"uplink.no_stream", "d84deb1fcd214a23b29986a25b73fce1"},
    {"uplink.purged", "38e3fed529d548208d0ee715f6021764"},
    {"uplink.refused", "16ec9797e8d34b4ca4e8ca91b8162435"},
    {"uplink.throttled", "716a6eb4863e41e88b07c36642a1bab3"},
    {"watchdog.moving", "098e34a211ab488488c037928e5b9813"},
    {"watchdog.withheld", "64735a2b63384fe9910f8d4e969fa0b3"},
    {"webpubsub.frame_ignored", "f1111cf9db4b45e5adf435792ef1a4a3"},
    {"webpubsub.recovered", "90f8f455a93d45aa976e2b1c00ceaac1"},
};

constexpr bool is_well_formed(const EventId& entry) {
  return entry.id.size() == 32 &&
         entry.id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

static_assert(std::ranges::is_sorted(kEventIds, {}, &EventId::event), "it is searched by name");
static_assert(std::ranges::all_of(kEventIds, is_well_formed));

}  // namespace

std::span<const EventId> event_ids() { return kEventIds; }

std::string_view message_id(std::string_view event) {
  const auto* const place = std::ranges::lower_bound(kEventIds, event, {}, &EventId::event);
  if (place == std::end(kEventIds) || place->event != event) return {};
  return place->id;
}

}  // namespace gateway
