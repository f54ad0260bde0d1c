#include "portal/dispatch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "base/embedded.hpp"
#include "base/text.hpp"
#include "portal/audit_notes.hpp"
#include "portal/authenticate.hpp"
#include "portal/desk.hpp"
#include "portal/gated_database.hpp"
#include "portal/handlers.hpp"
#include "portal/later.hpp"
#include "portal/leaving.hpp"
#include "portal/metrics.hpp"
#include "portal/problem.hpp"
#include "portal/repeated.hpp"
#include "portal/session_cookie.hpp"
#include "portal/shares.hpp"
#include "portal/strict_json.hpp"
#include "portal/told_once.hpp"
#include "portal/unready.hpp"
#include "portal/waiting_room.hpp"
#include "portal/watched_metrics.hpp"
#include "portal/workspace_wishes.hpp"
#include "store/program_role.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kReadyWait{1'000};

bool is_json(std::string_view content_type) {
  auto bare = content_type.substr(0, content_type.find(';'));
  while (!bare.empty() && bare.back() == ' ') bare.remove_suffix(1);
  constexpr std::string_view kJson = "application/json";
  return std::equal(bare.begin(), bare.end(), kJson.begin(), kJson.end(), [](char given, char lower) {
    return (given >= 'A' && given <= 'Z' ? given | 0x20 : given) == lower;
  });
}

Result<json::value> read_body(const Operation& operation, const http::Request& request) {
  if (!operation.has_body) return json::value(nullptr);
  const auto type = request.header("Content-Type").value_or("");
  if (!is_json(type)) {
    return fail(Error{
        .code = Code::kMalformed,
        .message = "The body must be application/json.",
        .slug = std::string(kUnsupportedMediaType),
        .fields = {{"Content-Type", shown(type), "application/json", "The body must be application/json."}},
        .retry_after_seconds = 0});
  }
  return parse_body(request.body);
}

bool brings_body(const http::Request& head) {
  return head.header("Transfer-Encoding") || head.header("Content-Length").value_or("0") != "0";
}

/// Or one whose size is told only as it comes.
bool brings_large_body(const http::Request& head) {
  if (head.header("Transfer-Encoding")) return true;
  const auto text = head.header("Content-Length").value_or("0");
  std::size_t length = 0;  // the reader has made sure that it is a number
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length > kSmallBodyBytes;
}

/// The audit log's word for what stood against it.
std::string_view refused_by(const Error& error) {
  if (error.slug == kNoCsrfToken) return "access.refused_csrf";
  if (error.slug == kMissingScope) return "access.refused_scope";
  if (error.slug == kPasswordChangeNeeded) return "access.refused_password";
  return "access.refused";
}

Error nothing() {
  return {.code = Code::kNotFound,
          .message = "There is nothing at this address.",
          .slug = "not_found",
          .fields = {},
          .retry_after_seconds = 0};
}

}  // namespace

/// What is kept of a request while its answer is made elsewhere.
struct Parked {
  http::Request request;  // without its body
  std::optional<Caller> caller;
  json::value body;
  std::shared_ptr<Later> later;  // one of the two
  std::shared_ptr<Sought> sought;
};

struct Dispatcher::Parts {
  std::unique_ptr<ApiDocument> document;
  Services services;
  Databases databases;
  PageFiles page;
  http::Router router;
  std::map<std::string, OperationHandler> handlers;
  GatedDatabase gated;
  KnownCallers callers;
  std::map<std::string, const Operation*, std::less<>> operations;  // by method and pattern
  ToldOnce unready_told;
  Desk desk;  // with those below: their threads use the others
  WaitingRoom room;
  WorkspaceWishes wishes;  // uses the desk
  Leaving leaving;         // last

  Parts(std::unique_ptr<ApiDocument> api, Services shared, Databases given, PageFiles files)
      : document(std::move(api)),
        services(std::move(shared)),
        databases(given),
        page(std::move(files)),
        gated(databases.requests),
        callers(services.secure_cookies),
        desk(gated),
        room(gated),
        wishes(databases.listening, gated, desk, services.log.named("wishes")),
        leaving(gated, services.log.named("outages")) {}

  HandlerResult run(const Operation& operation, const OperationHandler& handler, const http::Request& request,
                    pg::Connection& db, std::shared_ptr<Parked>& parked) {
    services.notes.write_due(db);
    Call call{request, db, services, std::nullopt, nullptr};
    // Who asks comes before what they ask: a stranger learns nothing about parameters and bodies.
    if (auto fine = let_in(operation, request, call); !fine) return fail(fine.error());
    if (auto fine = document->check_parameters(operation, request.query, request.params); !fine)
      return fail(fine.error());
    auto body = read_body(operation, request);
    if (!body) return fail(body.error());
    call.body = std::move(*body);
    if (auto fine = document->check_body(operation, call.body); !fine) return fail(fine.error());
    auto result = handler(call);
    if (!result && result.error().code == Code::kForbidden && call.caller)
      note_refusal(operation, call, result.error());
    if (result && (call.later || call.sought)) {
      parked = std::make_shared<Parked>(Parked{request, std::move(call.caller), std::move(call.body),
                                               std::move(call.later), std::move(call.sought)});
      parked->request.body.clear();
    }
    return result;
  }

  /// Proves who asks, and that what proved it does for this request.
  Status let_in(const Operation& operation, const http::Request& request, Call& call) {
    if (operation.is_public) return {};
    if (operation.is_nodes) {
      auto node = authenticate_node(call.db, request);
      if (!node) return fail(node.error());
      callers.learn(request, node->node);
      call.node = std::move(*node);
      return {};
    }
    auto caller = authenticate(call.db, request, services.secure_cookies);
    if (!caller) return fail(caller.error());
    callers.learn(request, caller->user.id);
    call.caller = std::move(*caller);
    auto fine = check_credential(*call.caller, request, operation.id);
    if (!fine) note_refusal(operation, call, fine.error());
    return fine;
  }

  /// Who asked for what they may not have is written down. That they are refused does not hang on it.
  void note_refusal(const Operation& operation, const Call& call, const Error& error) const {
    const auto noted = services.notes.note(
        call.db, call.author(), {std::string(refused_by(error)), "operation", operation.id, "refused"},
        services.clock.now());
    if (!noted) services.log.warning("a refusal was not noted", {{"error", noted.error().message}});
  }

  HandlerResult with_database(const std::function<HandlerResult(pg::Connection&)>& action) {
    HandlerResult result;
    auto had = gated.with([&](pg::Connection& db) { result = action(db); });
    if (!had) return fail(had.error());
    return result;
  }

  http::Response answer(const Operation& operation, const OperationHandler& handler,
                        const http::Request& request) {
    std::shared_ptr<Parked> parked;
    auto result =
        with_database([&](pg::Connection& db) { return run(operation, handler, request, db, parked); });
    if (!result) return failed(operation, result.error(), request);
    if (parked) {
      result->on_later = [this, &operation, parked](std::shared_ptr<http::Reply> reply) {
        parked->later ? hand_on(operation, parked, std::move(reply))
                      : seat(operation, parked, std::move(reply));
      };
    }
    if (operation.is_repeated && result->status == 200) return repeated(std::move(*result), request);
    return std::move(*result);
  }

  void hand_on(const Operation& operation, const std::shared_ptr<Parked>& parked,
               std::shared_ptr<http::Reply> reply) {
    desk.post({.pool = parked->later->pool,
               .wish = std::move(parked->later->wish),
               .wanted = [reply] { return reply->wanted(); },
               .done =
                   [this, &operation, parked, reply](pg::Connection* db, Result<store::Answer> given) {
                     try {
                       reply->send(finish(operation, *parked, db, std::move(given)));
                     } catch (const std::exception& thrown) {
                       reply->fail(thrown.what());
                     }
                   }});
  }

  void seat(const Operation& operation, const std::shared_ptr<Parked>& parked,
            std::shared_ptr<http::Reply> reply) {
    room.add({.sought = std::move(*parked->sought),
              .wanted = [reply] { return reply->wanted(); },
              .done =
                  [this, &operation, parked, reply](HandlerResult given) {
                    try {
                      reply->send(given ? std::move(*given)
                                        : failed(operation, given.error(), parked->request));
                    } catch (const std::exception& thrown) {
                      reply->fail(thrown.what());
                    }
                  }});
  }

  http::Response finish(const Operation& operation, Parked& parked, pg::Connection* db,
                        Result<store::Answer> given) const {
    if (db == nullptr) return failed(operation, given.error(), parked.request);
    Call call{parked.request, *db, services, std::move(parked.caller), std::move(parked.body)};
    auto result =
        given ? parked.later->answered(call, std::move(*given)) : HandlerResult(fail(given.error()));
    if (result) return std::move(*result);
    if (result.error().code == Code::kForbidden) note_refusal(operation, call, result.error());
    return failed(operation, result.error(), parked.request);
  }

  http::Response failed(const Operation& operation, const Error& error, const http::Request& request) const {
    if (status_of(error) >= 500) {
      services.log.error("a request failed", {{"operation", operation.id},
                                              {"request_id", request.request_id},
                                              {"error", error.message},
                                              {"code", to_string(error.code)}});
    }
    auto response = problem(error, request.request_id);
    if (error.slug == kTwoSessionCookies) {
      for (auto& cookie : clearing_cookies(request, services.secure_cookies))
        response.headers.emplace_back("Set-Cookie", std::move(cookie));
    }
    return response;
  }

  const Operation* operation_of(const http::Request& head, const http::Router::Match& match) const {
    const auto found =
        operations.find(fmt::format("{} {}", head.method == "HEAD" ? "GET" : head.method, match.pattern));
    return found == operations.end() ? nullptr : found->second;
  }

  /// What can be said before a body is read, in the order in which it would be said after it.
  std::optional<http::Response> refusal(const http::Request& head, const http::Router::Match& match,
                                        const Operation* operation) const {
    if (match.handler == nullptr) {
      if (!match.allowed_methods.empty()) return method_not_allowed(match.allowed_methods, head.request_id);
      if (!page.answers(head)) return problem(nothing(), head.request_id);
      return std::nullopt;
    }
    if (operation == nullptr || operation->is_public || has_credential(head, services.secure_cookies))
      return std::nullopt;
    return problem(not_signed_in(), head.request_id);
  }

  http::Response ready(const http::Request& request) {
    auto lease = databases.readiness.lease(kReadyWait);
    const auto fine = lease ? store::check_portal_database(**lease) : Status(fail(lease.error()));
    if (fine) services.notes.write_due(**lease);
    const bool news = unready_told.is_news(fine ? std::string() : fine.error().message);
    if (!fine) {
      if (news) services.log.warning("not ready", {{"error", fine.error().message}});
      return unready(fine.error(), request.request_id);
    }
    if (news) services.log.info("ready again");
    return json_answer(200, json::object{{"status", "ready"}});
  }

  /// On the connection of readiness: what requests do to theirs is no reason not to be told of.
  http::Response metrics() {
    auto lease = databases.readiness.lease(kReadyWait);
    http::Response response;
    response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    response.body =
        services.metrics.text() +
        metrics_text(lease ? store::load_watched(**lease) : Result<store::Watched>(fail(lease.error())));
    return response;
  }

  void add_plain_routes() {
    router.add("GET", "/healthz",
               [](const http::Request&) { return json_answer(200, json::object{{"status", "alive"}}); });
    router.add("GET", "/readyz", [this](const http::Request& request) { return ready(request); });
    router.add("GET", "/metrics", [this](const http::Request&) { return metrics(); });
    router.add("GET", "/api/openapi.yaml", [](const http::Request&) {
      http::Response response;
      response.headers = {{"Content-Type", "application/yaml"}};
      response.shared_body = embedded::api_documents().front().bytes;
      return response;
    });
  }
};

Result<std::unique_ptr<Dispatcher>> Dispatcher::make(std::unique_ptr<ApiDocument> document, Services services,
                                                     Databases databases, PageFiles page) {
  std::unique_ptr<Parts> parts(
      new Parts(std::move(document), std::move(services), databases, std::move(page)));
  add_auth_handlers(parts->handlers);
  add_pool_handlers(parts->handlers);
  add_reservation_handlers(parts->handlers);
  add_ticket_handlers(parts->handlers);
  add_kubeconfig_handler(parts->handlers);
  add_home_handlers(parts->handlers);
  add_card_handlers(parts->handlers);
  add_layout_handlers(parts->handlers);
  add_cache_handlers(parts->handlers);
  add_cache_node_handlers(parts->handlers);
  add_check_handler(parts->handlers);
  add_event_handlers(parts->handlers);
  add_admin_handlers(parts->handlers);
  add_usage_handlers(parts->handlers);
  add_people_handlers(parts->handlers);
  add_tokenomics_handlers(parts->handlers);
  auto* self = parts.get();
  for (const auto& operation : parts->document->operations()) {
    const auto found = parts->handlers.find(operation.id);
    if (found == parts->handlers.end()) {
      return fail(Code::kInternal,
                  fmt::format("operation {} of the API description has no handler", operation.id));
    }
    const auto pattern = std::string(kApiRoot) + operation.key.path;
    self->operations.emplace(fmt::format("{} {}", operation.key.method, pattern), &operation);
    self->router.add(operation.key.method, pattern,
                     [self, &operation, &handler = found->second](const http::Request& request) {
                       return self->answer(operation, handler, request);
                     });
  }
  for (const auto& [id, handler] : parts->handlers) {
    if (parts->document->find(id) == nullptr) {
      return fail(Code::kInternal, fmt::format("handler {} is not in the API description", id));
    }
  }
  self->add_plain_routes();
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(parts)));
}

Dispatcher::Dispatcher(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::stop() {
  parts_->leaving.stop();
  parts_->wishes.stop();
  parts_->desk.stop();
  parts_->room.stop();
}

const http::Router& Dispatcher::router() const {
  return parts_->router;
}

http::Judgement Dispatcher::judge(const http::Request& head) const {
  http::Judgement judgement{.share = share_of(parts_->callers, head)};
  const auto match = parts_->router.match(head.method, head.path);
  const auto* operation = match.handler == nullptr ? nullptr : parts_->operation_of(head, match);
  if (operation != nullptr) judgement.weight = weight_of(*operation, head);
  if (!brings_body(head)) return judgement;
  judgement.refusal = parts_->refusal(head, match, operation);
  if (judgement.refusal) {
    add_common_headers(*judgement.refusal, parts_->services.clock.now());
  } else if (operation == nullptr || operation->is_public || !operation->has_body) {
    judgement.body_bytes = kSmallBodyBytes;
  } else {
    judgement.vouch = judgement.share.many && brings_large_body(head);
  }
  return judgement;
}

std::optional<http::Response> Dispatcher::vouch(const http::Request& head) const {
  const auto match = parts_->router.match(head.method, head.path);
  const auto* operation = parts_->operation_of(head, match);
  if (operation == nullptr) return std::nullopt;
  const auto proven = parts_->with_database([&](pg::Connection& db) -> HandlerResult {
    Call call{head, db, parts_->services, std::nullopt, nullptr};
    if (auto fine = parts_->let_in(*operation, head, call); !fine) return fail(fine.error());
    return http::Response{};
  });
  if (proven) return std::nullopt;
  auto response = parts_->failed(*operation, proven.error(), head);
  add_common_headers(response, parts_->services.clock.now());
  return response;
}

http::Response Dispatcher::nothing_here(const http::Request& request) const {
  auto response = problem(nothing(), request.request_id);
  add_common_headers(response, parts_->services.clock.now());
  return response;
}

http::Response Dispatcher::handle(const http::Request& request) const {
  const auto begun = Steady::now();
  const auto match = parts_->router.match(request.method, request.path);
  http::Response response;
  std::string_view pattern = match.handler == nullptr ? "unknown" : std::string_view(match.pattern);
  if (match.handler != nullptr) {
    auto matched = request;
    matched.params = match.params;
    response = (*match.handler)(matched);
  } else if (match.allowed_methods.empty() && parts_->page.answers(request)) {
    response = parts_->page.answer(request);
    pattern = "page";
  } else if (!match.allowed_methods.empty()) {
    response = method_not_allowed(match.allowed_methods, request.request_id);
  } else {
    response = problem(nothing(), request.request_id);
  }
  auto whole = [parts = parts_.get(), method = request.method, pattern = std::string(pattern),
                begun](http::Response made) {
    add_common_headers(made, parts->services.clock.now());
    parts->services.metrics.count_request(method, pattern, made.status, Steady::now() - begun);
    return made;
  };
  if (!response.on_later) return whole(std::move(response));
  response.on_later = [on_later = std::move(response.on_later),
                       whole = std::move(whole)](std::shared_ptr<http::Reply> reply) {
    on_later(http::mapped(std::move(reply), whole));
  };
  return response;
}

}  // namespace berth::portal
