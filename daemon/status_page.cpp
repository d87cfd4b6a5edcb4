#include "daemon/status_page.h"

#include <initializer_list>
#include <utility>

#include "daemon/build_info.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"
#include "daemon/status_screen.h"
#include "daemon/status_text.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="5">
<style>
:root { --ink: #1b2733; --dim: #5c6b7a; --line: #d9e0e7; --paper: #f6f8fa; --card: #fff; --good: #11703d; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf0; --dim: #9aa7b4; --line: #2d3944; --paper: #12181f; --card: #1a222b; --good: #5ecb8c; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
p { margin: .3rem 0; color: var(--dim); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .8rem; text-align: right; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-weight: 500; font-size: .85rem; white-space: nowrap; }
th:first-child, .words { text-align: left; }
tbody th { font-weight: 600; min-width: 7rem; overflow-wrap: anywhere; }
td.words { min-width: 16rem; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.note { font-size: .85rem; }
</style>
)";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Writes tables. Cells take text and escape it; nothing here takes markup from outside.
class Page {
 public:
  void add(std::string_view markup) { html_ += markup; }
  void paragraph(std::string_view text) { html_ += "<p>" + escape(text) + "</p>\n"; }
  /// Of numbers, but for the first column and the one titled `words`.
  void open_table(std::string_view title, std::initializer_list<std::string_view> columns,
                  std::string_view words = {}) {
    html_ += "<h2>" + escape(title) + "</h2>\n<div class=\"scroll\"><table>\n<thead><tr>";
    for (const auto column : columns) {
      html_ += column == words ? "<th scope=\"col\" class=\"words\">" : "<th scope=\"col\">";
      html_ += escape(column) + "</th>";
    }
    html_ += "</tr></thead>\n<tbody>\n";
  }
  void close_table() { html_ += "</tbody>\n</table></div>\n"; }
  void open_row(std::string_view name) {
    html_ += "<tr><th scope=\"row\">" + escape(name) + "</th>";
  }
  void close_row() { html_ += "</tr>\n"; }
  void number(std::uint64_t value) { cell(std::to_string(value)); }
  void cell(std::string_view text) { html_ += "<td>" + escape(text) + "</td>"; }
  void words(std::string_view text) { html_ += "<td class=\"words\">" + escape(text) + "</td>"; }
  void verdict(bool good, std::string_view text) { html_ += "<td>" + mark(good, text) + "</td>"; }
  static std::string mark(bool good, std::string_view text) {
    return std::string("<span class=\"") + (good ? "good" : "bad") + "\">" + escape(text) +
           "</span>";
  }
  std::string take() { return std::move(html_); }

 private:
  std::string html_{};
};

void add_head(Page& page, const GatewaySnapshot& snapshot) {
  page.add(kHead);
  page.add("<title>" + escape(snapshot.gateway_id) +
           " - webpubsub-gateway</title>\n</head>\n<body>\n");
  page.add("<h1>" + escape(snapshot.gateway_id) + " " +
           Page::mark(snapshot.state == RunState::Running, state_name(snapshot.state)) + "</h1>\n");
  page.paragraph("webpubsub-gateway " + std::string(build_info().version) + ", up for " +
                 rough_duration(snapshot.uptime) + " since " + utc_timestamp(snapshot.started));
  const StoreSnapshot& store = snapshot.store;
  if (store.open && !store.usable) {
    page.add("<p>" + Page::mark(false, "The store takes nothing: " + store.trouble) + "</p>\n");
  }
}

void add_links(Page& page, const GatewaySnapshot& snapshot) {
  page.open_table(
      "Links",
      {"link", "state", "heard", "oldest unanswered", "down for", "next try", "lost", "last error"},
      "last error");
  for (const LinkSnapshot& link : snapshot.links) {
    page.open_row(link.name);
    page.verdict(link.up, std::string(state_name(link)));
    page.cell(link.heard_ago ? rough_duration(*link.heard_ago) + " ago" : "-");
    page.cell(link.unanswered > 0 ? rough_duration(link.oldest_unanswered) : "-");
    page.cell(link.up ? "-" : rough_duration(link.down_for));
    page.cell(!link.up && link.retry_in ? "in " + rough_duration(*link.retry_in) : "-");
    page.number(link.disconnects);
    page.words(link.up ? "" : link.last_error);
    page.close_row();
  }
  page.close_table();
}

std::string reasons(const RuleSnapshot& rule) {
  std::string words;
  for (const auto& [reason, count] : rule.dropped) {
    if (count > 0) words += (words.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  }
  return words;
}

void add_rules(Page& page, const GatewaySnapshot& snapshot) {
  page.open_table(
      "Rules",
      {"rule", "received", "forwarded", "filtered", "dropped", "pending", "adds up", "why dropped"},
      "why dropped");
  for (const RuleSnapshot& rule : snapshot.rules) {
    page.open_row(rule.name);
    page.number(rule.received);
    page.number(rule.forwarded);
    page.number(rule.filtered);
    page.number(rule.dropped_total());
    page.number(rule.pending);
    page.verdict(rule.adds_up(), rule.adds_up() ? "yes" : "no");
    page.words(reasons(rule));
    page.close_row();
  }
  page.close_table();
  page.add(
      "<p class=\"note\">received = forwarded + filtered + dropped + pending, at every "
      "moment.</p>\n");
}

std::string limit_of(const QueueSnapshot& queue) {
  std::string words = queue.max_bytes > 0 ? rough_size(queue.max_bytes) : "";
  if (queue.max_messages > 0) {
    words += (words.empty() ? "" : ", ") + std::to_string(queue.max_messages) + " messages";
  }
  return words.empty() ? "-" : words;
}

void add_queue(Page& page, const QueueSnapshot& queue, const std::string& name) {
  page.open_row(name);
  page.number(queue.messages);
  page.cell(rough_size(queue.bytes));
  page.cell(limit_of(queue));
  page.cell(queue.time_to_full ? rough_duration(*queue.time_to_full) : "-");
  page.cell(queue.oldest_age > milliseconds(0) ? rough_duration(queue.oldest_age) : "-");
  page.close_row();
}

void add_queues(Page& page, const GatewaySnapshot& snapshot) {
  page.open_table("Queues", {"queue", "messages", "size", "limit", "full in", "oldest"});
  for (const QueueSnapshot& queue : snapshot.queues) add_queue(page, queue, queue.name);
  for (const QueueSnapshot& rule : snapshot.store.rules) {
    add_queue(page, rule, "store: " + rule.name);
  }
  page.close_table();
}

void add_commands(Page& page, const GatewaySnapshot& snapshot) {
  page.open_table("Commands", {"outcome", "count"});
  for (const auto& [outcome, count] : snapshot.commands) {
    page.open_row(outcome);
    page.number(count);
    page.close_row();
  }
  page.close_table();
}

void add_foot(Page& page, const GatewaySnapshot& snapshot) {
  for (const CredentialSnapshot& credential : snapshot.credentials) {
    if (!credential.expires) continue;
    page.paragraph("What the " + credential.link + " link proves itself with expires at " +
                   utc_timestamp(*credential.expires) + ".");
  }
  const ConfigSnapshot& config = snapshot.config;
  if (config.reloads + config.failed_reloads > 0) {
    page.paragraph(std::string("The latest reload of the configuration ") +
                   (config.last_reload_successful ? "succeeded at " : "failed at ") +
                   utc_timestamp(config.last_reload) + ".");
  }
  page.add(
      "<p class=\"note\">Also here: <a href=\"status.json\">status.json</a>, "
      "<a href=\"metrics\">metrics</a>, <a href=\"readyz\">readyz</a>, <a "
      "href=\"livez\">livez</a>. This page renews itself every five seconds.</p>\n"
      "</body>\n</html>\n");
}

}  // namespace

std::string status_page(const GatewaySnapshot& snapshot) {
  Page page;
  add_head(page, snapshot);
  add_links(page, snapshot);
  add_rules(page, snapshot);
  add_queues(page, snapshot);
  add_commands(page, snapshot);
  add_foot(page, snapshot);
  return page.take();
}

}  // namespace gateway
