// The parts of the section about the embedded hub.

#pragma once

#include "config/section.h"
#include "hub/cors.h"
#include "hub/hub.h"

namespace gateway::config {

void read_hub_limits(Section limits, webpubsub::hub::HubOptions& hub);
void read_event_handlers(const Value& handlers, webpubsub::hub::HubOptions& hub);
/// negotiate and cors_origins: which pages get in.
void read_browsers(Section& section, webpubsub::hub::HubOptions& hub);

}  // namespace gateway::config
