// Whether a filter of the REST API means a connection.

#pragma once

#include "hub/connection.h"
#include "hub/odata_filter/filter.h"

namespace webpubsub::hub {

bool matches(const Filter& filter, const Connection& connection);

}  // namespace webpubsub::hub
