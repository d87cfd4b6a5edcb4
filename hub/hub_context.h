// What the parts of one hub share.

#pragma once

#include "base/log.h"
#include "hub/connections.h"
#include "hub/cors.h"
#include "hub/dashboard_groups.h"
#include "hub/group_state_board.h"
#include "hub/hub.h"
#include "hub/token_check.h"
#include "hub/webhooks/webhooks.h"
#include "net/event_loop.h"

namespace webpubsub::hub {

struct HubContext {
  net::EventLoop& loop;
  Log& log;
  HubOptions options;
  TokenCheck tokens;
  HubCounters counters{};
  Cors cors{options.cors_origins};
  Webhooks webhooks{loop, log, options, counters};
  Connections connections{};
  GroupStateBoard group_states{};
  DashboardGroups dashboard_groups{connections, options.dashboard_hub, options.dashboard_groups};
};

}  // namespace webpubsub::hub
