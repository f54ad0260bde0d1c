// What the gate answers, to nginx and through it to browsers. Internal to this module.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "entry/doorkeeper.hpp"
#include "gate/memory.hpp"
#include "http/http.hpp"

namespace berth::gate {

inline constexpr std::string_view kPlainPassCookie = "berth-gate";
/// See portal/session_cookie.hpp: a sibling host cannot set one of this name.
inline constexpr std::string_view kHostPassCookie = "__Host-berth-gate";

class Front {
 public:
  Front(Memory memory, const Clock& clock, bool secure, Log log);

  /// GET /_gate/check, /_gate/open, /_gate/closed and /_gate/healthz. Any thread.
  http::Response answer(const http::Request& request);
  /// Whether what `check` told as tunnel::kHolderHeader is of somebody who may be inside now. Any thread.
  bool still_in(std::string_view holder) const;
  /// As entry::Doorkeeper::set.
  std::vector<std::string> set(entry::AccessList list);
  /// Nobody is let in until there is a list again.
  std::vector<std::string> lose_list();

 private:
  http::Response check(const http::Request& request);
  http::Response open(const http::Request& request);
  http::Response healthz() const;
  http::Response closed() const;
  http::Response refused(const Error& error) const;
  /// A page that says so, and leads to where a ticket is to be had.
  http::Response page(int status, std::string_view title, std::string_view sentence) const;
  std::string cookie(std::string_view pass) const;

  mutable std::mutex mutex_;
  Memory memory_;
  entry::Doorkeeper doorkeeper_;
  const Clock& clock_;
  const bool secure_;
  bool list_lost_ = false;
  const Log log_;
};

}  // namespace berth::gate
