// TERM and INT as events of the loop.

#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "net/event_loop.h"

namespace webpubsub::command {

/// Blocks TERM and INT; before the loop is made, whose threads inherit it.
void block_stop_signals();

/// Calls `on_stop` for each of them. Errors: Io.
Result<std::unique_ptr<net::FdWatcher>> watch_stop_signals(net::EventLoop& loop,
                                                           std::function<void()> on_stop);

}  // namespace webpubsub::command
