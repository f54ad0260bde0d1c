#include "gate/front.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "entry/safe_path.hpp"
#include "tunnel/service.hpp"

namespace berth::gate {
namespace {

constexpr std::string_view kListLost =
    "Who may enter this workspace is not known just now. It should be within a minute; nothing in it has "
    "ended.";
/// As images/workspace has the page of a workspace that starts.
constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 32rem; padding: 0 1rem; }}
  h1 {{ font-size: 1.5rem; }}
</style>
<main>
  <h1>{title}</h1>
  <p>{sentence} {again}</p>
</main>
)html";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

/// The value of the one cookie of that name; nothing where there is none or several, of which somebody
/// planted one.
std::string cookie_of(const http::Request& request, std::string_view name) {
  std::string found;
  int count = 0;
  for (const auto& [header, value] : request.headers) {
    if (header != "Cookie" && header != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto one = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      while (one.starts_with(' ')) one.remove_prefix(1);
      if (!one.starts_with(name) || one.substr(name.size(), 1) != "=") continue;
      ++count;
      found = one.substr(name.size() + 1);
    }
  }
  return count == 1 ? found : std::string();
}

std::string why(const Error& error) {
  if (error.slug == "ticket_used") return "This way in was used already, or has run out.";
  // Signed by Berth, so it is no stranger who is told the time.
  if (error.slug == "ticket_expired")
    return error.message +
           " If that happens each time, the clocks of Berth and of the workspace's node are apart.";
  if (error.slug == "not_named") return "This workspace is not open to you.";
  return "This is no way into this workspace.";
}

}  // namespace

Front::Front(Memory memory, const Clock& clock, bool secure, Log log)
    : memory_(std::move(memory)),
      doorkeeper_(memory_.key(), memory_.remembered()),
      clock_(clock),
      secure_(secure),
      log_(std::move(log)) {}

http::Response Front::answer(const http::Request& request) {
  if (request.method == "GET" && request.path == "/_gate/check") return check(request);
  if (request.method == "GET" && request.path == "/_gate/open") return open(request);
  if (request.method == "GET" && request.path == "/_gate/closed") return closed();
  if (request.method == "GET" && request.path == "/_gate/healthz") return healthz();
  return {.status = 404};
}

std::vector<std::string> Front::set(entry::AccessList list) {
  const std::lock_guard lock(mutex_);
  list_lost_ = false;
  return doorkeeper_.set(std::move(list));
}

std::vector<std::string> Front::lose_list() {
  const std::lock_guard lock(mutex_);
  list_lost_ = true;
  return doorkeeper_.set(
      {.session = {}, .host = {}, .people = {}, .keys = {}, .portal = doorkeeper_.portal()});
}

http::Response Front::check(const http::Request& request) {
  const auto pass = cookie_of(request, secure_ ? kHostPassCookie : kPlainPassCookie);
  const std::lock_guard lock(mutex_);
  const auto known = doorkeeper_.check(pass, clock_.now());
  // nginx knows 401 as "not let in"; anything else it tells as a fault of ours, as that of a gate that has
  // just begun.
  if (!known) return {.status = known.error().code == Code::kUnavailable ? 503 : 401};
  http::Response response{.status = 204,
                          .headers = {{std::string(tunnel::kHolderHeader),
                                       fmt::format("{} {}", known->user, format_rfc3339(known->entered))}}};
  if (known->renewed) response.headers.emplace_back("Set-Cookie", cookie(*known->renewed));
  return response;
}

bool Front::still_in(std::string_view holder) const {
  const auto blank = holder.find(' ');
  if (blank == std::string_view::npos) return false;
  const auto entered = parse_rfc3339(holder.substr(blank + 1));
  const std::lock_guard lock(mutex_);
  return entered && doorkeeper_.still_in(holder.substr(0, blank), *entered);
}

http::Response Front::open(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  auto admitted = doorkeeper_.open(request.query_value("t").value_or(""), now);
  if (!admitted) {
    // A stranger may ask without end; who brings a ticket of ours that ran out is none, and it may be the
    // clocks.
    if (admitted.error().slug == "ticket_expired") {
      log_.warning("refused", {{"reason", admitted.error().message}});
    } else {
      log_.debug("refused", {{"reason", admitted.error().slug}});
    }
    return refused(admitted.error());
  }
  if (auto kept = memory_.remember(admitted->ticket, now); !kept) {
    log_.error("a ticket that was used cannot be remembered, so nobody is let in",
               {{"error", kept.error().message}});
    return refused(kept.error());
  }
  log_.info("let in", {{"user", admitted->user}});
  return {.status = 303,
          .headers = {{"Location", entry::safe_path(request.query_value("to").value_or("/"))},
                      {"Set-Cookie", cookie(admitted->pass)},
                      {"Cache-Control", "no-store"},
                      {"Referrer-Policy", "no-referrer"}}};
}

/// Ready once it is known who may enter.
http::Response Front::healthz() const {
  const std::lock_guard lock(mutex_);
  return doorkeeper_.has_list() ? http::Response{.status = 200, .body = "ok\n"}
                                : http::Response{.status = 503, .body = "who may enter is not known yet\n"};
}

http::Response Front::closed() const {
  const std::lock_guard lock(mutex_);
  return page(401, "This page is closed",
              list_lost_ ? kListLost : "You are not signed in to this workspace, or were signed out of it.");
}

http::Response Front::refused(const Error& error) const {
  if (error.code == Code::kUnavailable)
    return page(503, "Not let in", "The gate of this workspace is just starting.");
  return page(403, "Not let in", list_lost_ ? std::string(kListLost) : why(error));
}

http::Response Front::page(int status, std::string_view title, std::string_view sentence) const {
  const auto portal = doorkeeper_.portal();
  const auto again = portal.empty() ? std::string("Open the workspace from Berth again.")
                                    : fmt::format("<a href=\"{}\">Open the workspace from Berth again</a>.",
                                                  escaped(portal));
  return {.status = status,
          .headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'"}},
          .body = fmt::format(kPage, fmt::arg("title", title), fmt::arg("sentence", escaped(sentence)),
                              fmt::arg("again", again))};
}

std::string Front::cookie(std::string_view pass) const {
  // Lax: whoever comes from the portal's page comes from another site.
  return fmt::format(
      "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", secure_ ? kHostPassCookie : kPlainPassCookie,
      pass, std::chrono::duration_cast<seconds>(entry::kPassLongest).count(), secure_ ? "; Secure" : "");
}

}  // namespace berth::gate
