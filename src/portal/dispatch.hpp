// From an HTTP request to its handler and back: who asks, may they, is the body as described, and every error
// in the one form.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "portal/api_document.hpp"
#include "portal/call.hpp"
#include "portal/page_files.hpp"

namespace berth::portal {

inline constexpr std::string_view kApiRoot = "/api/v1";
/// Asked by who decides whether the portal lives: they must be answered however busy it is.
inline constexpr std::array<std::string_view, 3> kProbePaths{"/healthz", "/readyz", "/metrics"};
/// Of a body before it is known who asks, and where none is expected.
inline constexpr std::size_t kSmallBodyBytes = 16 * 1024;

struct Databases {
  pg::Pool& requests;
  pg::Pool& readiness;     // with short deadlines, so that /readyz answers soon also when the other one hangs
  pg::Settings listening;  // where wishes of workspaces are heard of
};

class Dispatcher {
 public:
  /// kInternal when an operation of the description has no handler, or a handler no operation.
  static Result<std::unique_ptr<Dispatcher>> make(std::unique_ptr<ApiDocument> document, Services services,
                                                  Databases databases, PageFiles page);
  ~Dispatcher();

  /// What is known of a request from its head. Safe to call from several threads; never waits.
  http::Judgement judge(const http::Request& head) const;
  /// The answer for whoever cannot prove who they are, before a large body of theirs is read.
  std::optional<http::Response> vouch(const http::Request& head) const;
  /// The answer for an address at which there is nothing.
  http::Response nothing_here(const http::Request& request) const;
  /// Safe to call from several threads.
  http::Response handle(const http::Request& request) const;
  const http::Router& router() const;
  /// What is decided elsewhere than in `handle` ends; who waits for it is told so. For when nothing comes any
  /// more.
  void stop();

 private:
  struct Parts;
  explicit Dispatcher(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace berth::portal
