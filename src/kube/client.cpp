#include "kube/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kube/client_impl.hpp"
#include "kube/curl_transport.hpp"

namespace berth::kube {

namespace {

constexpr std::size_t kMaxFieldManagerBytes = 128;

std::string_view name_of(Propagation propagation) {
  switch (propagation) {
    case Propagation::kBackground:
      return "Background";
    case Propagation::kForeground:
      return "Foreground";
    case Propagation::kOrphan:
      return "Orphan";
  }
  return "Background";
}

json::object delete_options(const RemoveOptions& options) {
  json::object body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.uid.empty() || !options.resource_version.empty()) {
    json::object preconditions;
    if (!options.uid.empty()) preconditions["uid"] = options.uid;
    if (!options.resource_version.empty()) preconditions["resourceVersion"] = options.resource_version;
    body["preconditions"] = std::move(preconditions);
  }
  if (options.propagation) body["propagationPolicy"] = name_of(*options.propagation);
  if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
  if (options.dry_run) body["dryRun"] = json::array{"All"};
  return body;
}

Query write_query(const WriteOptions& options) {
  Query query;
  if (!options.field_manager.empty()) query.add("fieldManager", options.field_manager);
  if (options.dry_run) query.add("dryRun", "All");
  query.add("fieldValidation", "Strict");
  return query;
}

}  // namespace

Client::Client(std::unique_ptr<Transport> transport, ClientSettings settings, std::stop_token stop)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(settings), std::move(stop))) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

std::chrono::milliseconds Client::set_call_deadline(std::chrono::milliseconds deadline) {
  return std::exchange(impl_->settings_.call_deadline, deadline);
}

void Client::set_write_guard(std::function<bool()> may_write) {
  impl_->may_write_ = std::move(may_write);
}

std::vector<std::string> Client::take_warnings() {
  return std::exchange(impl_->warnings_, {});
}

Result<json::value> Client::get(const ObjectRef& ref) {
  const auto what = "get " + describe(ref);
  const auto path = object_path(ref);
  if (!path) return fail(within(what, path.error()));
  return impl_->send_for_object({.what = what, .request = {.target = *path}, .idempotent = true});
}

Result<std::optional<json::value>> Client::find(const ObjectRef& ref) {
  auto object = get(ref);
  if (object) return std::optional(std::move(*object));
  if (object.error().code == Code::kNotFound) return std::nullopt;
  return fail(object.error());
}

Result<json::value> Client::create(const Resource& resource, std::string_view ns, const json::value& object,
                                   const WriteOptions& options) {
  const auto what =
      "create " + describe({.resource = resource, .ns = std::string(ns), .name = kube::name_of(object)});
  auto path = collection_path(resource, ns);
  if (!path) return fail(within(what, path.error()));
  return impl_->send_for_object({.what = what,
                                 .request = {.method = "POST",
                                             .target = *path + write_query(options).text(),
                                             .content_type = "application/json",
                                             .body = json::serialize(object)}});
}

Result<Applied> Client::apply(const ObjectRef& ref, const json::value& object, const ApplyOptions& options) {
  const auto what = "apply " + describe(ref);
  if (options.field_manager.empty() || options.field_manager.size() > kMaxFieldManagerBytes) {
    return fail(within(what, invalid_field("field_manager", options.field_manager, "1 to 128 bytes",
                                           "server-side apply needs the name of a field manager")));
  }
  const auto path = object_path(ref, options.subresource);
  if (!path) return fail(within(what, path.error()));
  auto parameters = write_query({.field_manager = options.field_manager, .dry_run = options.dry_run});
  parameters.add("force", options.force ? "true" : "false");
  auto response = impl_->send({.what = what,
                               .request = {.method = "PATCH",
                                           .target = *path + parameters.text(),
                                           .content_type = "application/apply-patch+yaml",
                                           .body = json::serialize(object)},
                               .idempotent = true},
                              impl_->call_deadline());
  if (!response) return fail(response.error());
  auto applied = parse_answer(what, *response);
  if (!applied) return fail(applied.error());
  return Applied{.object = std::move(*applied), .created = response->status == 201};
}

Result<json::value> Client::merge_patch(const ObjectRef& ref, const json::value& patch,
                                        const WriteOptions& options, std::string_view subresource) {
  const auto what = "patch " + describe(ref);
  const auto path = object_path(ref, subresource);
  if (!path) return fail(within(what, path.error()));
  return impl_->send_for_object({.what = what,
                                 .request = {.method = "PATCH",
                                             .target = *path + write_query(options).text(),
                                             .content_type = "application/merge-patch+json",
                                             .body = json::serialize(patch)},
                                 .idempotent = true});
}

Result<json::value> Client::replace(const ObjectRef& ref, const json::value& object,
                                    const WriteOptions& options, std::string_view subresource) {
  const auto what = "replace " + describe(ref);
  const auto path = object_path(ref, subresource);
  if (!path) return fail(within(what, path.error()));
  return impl_->send_for_object({.what = what,
                                 .request = {.method = "PUT",
                                             .target = *path + write_query(options).text(),
                                             .content_type = "application/json",
                                             .body = json::serialize(object)},
                                 .idempotent = true});
}

Result<Removed> Client::remove(const ObjectRef& ref, const RemoveOptions& options) {
  const auto what = "delete " + describe(ref);
  const auto path = object_path(ref);
  if (!path) return fail(within(what, path.error()));
  const auto answer = impl_->send_for_object({.what = what,
                                              .request = {.method = "DELETE",
                                                          .target = *path,
                                                          .content_type = "application/json",
                                                          .body = json::serialize(delete_options(options))},
                                              .idempotent = true});
  if (!answer) {
    if (answer.error().code == Code::kNotFound) return Removed::kAbsent;
    return fail(answer.error());
  }
  // The object itself comes back while something holds it; a Status, or an object without a deletion time,
  // when not.
  return is_deleting(*answer) ? Removed::kPending : Removed::kGone;
}

Result<std::string> Client::raw_get(std::string_view path_and_query) {
  const auto what = fmt::format("get {}", path_and_query);
  if (!path_and_query.starts_with('/') ||
      path_and_query.find_first_of(" \t\r\n#") != std::string_view::npos) {
    return fail(invalid_field("path", std::string(path_and_query), "an encoded path that begins with '/'",
                              "this is not a path of the API"));
  }
  auto response = impl_->send(
      {.what = what, .request = {.target = std::string(path_and_query), .accept = "*/*"}, .idempotent = true},
      impl_->call_deadline());
  if (!response) return fail(response.error());
  return std::move(response->body);
}

Result<Discovery> Client::discover() {
  Discovery discovery;
  const auto deadline = impl_->call_deadline();
  for (const std::string path : {"/api", "/apis"}) {
    const auto what = "discover " + path;
    const auto response = impl_->send({.what = what,
                                       .request = {.target = path, .accept = std::string(kDiscoveryAccept)},
                                       .idempotent = true},
                                      deadline);
    if (!response) return fail(response.error());
    const auto document = parse_answer(what, *response);
    if (!document) return fail(document.error());
    if (const auto read = read_discovery(*document, discovery); !read)
      return fail(within(what, read.error()));
  }
  return discovery;
}

Result<AccountToken> Client::make_token(const ObjectRef& account, const TokenQuery& query) {
  const auto what = "make a token of " + describe(account);
  const auto path = object_path(account, "token");
  if (!path) return fail(within(what, path.error()));
  json::object spec{{"expirationSeconds", query.lifetime.count()}};
  if (const auto& bound = query.bound_to) {
    spec["boundObjectRef"] = {{"kind", bound->kind.kind},
                              {"apiVersion", bound->kind.api_version()},
                              {"name", bound->name},
                              {"uid", bound->uid}};
  }
  const json::object body{
      {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}, {"spec", std::move(spec)}};
  const auto answer = impl_->send_for_object({.what = what,
                                              .request = {.method = "POST",
                                                          .target = *path + write_query({}).text(),
                                                          .content_type = "application/json",
                                                          .body = json::serialize(body)},
                                              .idempotent = true});  // one more harms nobody
  if (!answer) return fail(answer.error());
  auto token = string_at(*answer, {"status", "token"});
  const auto expires = parse_rfc3339(string_at(*answer, {"status", "expirationTimestamp"}));
  if (token.empty() || !expires)
    return fail(Code::kMalformed, what + ": the answer has no token, or not until when it is good");
  return AccountToken{std::move(token), *expires};
}

ClientFactory::ClientFactory(Config config, ClientSettings settings)
    : endpoint_{config.server, config.certificate_authority}, settings_(std::move(settings)) {
  auto credentials = std::make_shared<Credentials>(config, settings_.credential_reread);
  make_transport_ = [config = std::move(config), credentials = std::move(credentials),
                     agent = settings_.user_agent, connect_timeout = settings_.connect_timeout] {
    return make_curl_transport(config, credentials,
                               {.user_agent = agent, .connect_timeout = connect_timeout});
  };
}

ClientFactory::ClientFactory(std::function<std::unique_ptr<Transport>()> make_transport,
                             ClientSettings settings)
    : make_transport_(std::move(make_transport)), settings_(std::move(settings)) {}

Client ClientFactory::client(std::stop_token stop) const {
  return {make_transport_(), settings_, std::move(stop)};
}

ClientFactory ClientFactory::with_pages_of(std::size_t items) const {
  auto other = *this;
  other.settings_.page_items = items;
  return other;
}

bool is_stopped(const Error& error) {
  return error.slug == kStoppedSlug;
}

}  // namespace berth::kube
