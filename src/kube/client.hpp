// The calls of the Kubernetes API that a controller needs, on dynamic objects.
//
// A Client belongs to one thread and keeps its connection; a ClientFactory is a value that makes more. Every
// call ends by its deadline, retries included. Errors carry the Kubernetes reason ("AlreadyExists") as slug,
// the causes of the answer as fields (FieldError::limit is the cause's reason), and say what was tried on
// what.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "kube/config.hpp"
#include "kube/discovery.hpp"
#include "kube/resource.hpp"
#include "kube/transport.hpp"

namespace berth::kube {

struct ClientSettings {
  std::string user_agent = "berth";
  std::chrono::milliseconds call_deadline{30'000};  // a whole call: every page's request, every try and wait
  std::chrono::milliseconds connect_timeout{5'000};
  /// Asked to wait longer than this, the call gives up at once.
  std::chrono::milliseconds max_retry_after{20'000};
  int max_tries = 5;
  std::size_t max_response_bytes = 64U * 1024 * 1024;
  std::size_t page_items = 500;
  std::size_t max_list_items = 200'000;
  std::size_t max_event_bytes = 16U * 1024 * 1024;  // one line of a watch
  std::chrono::milliseconds credential_reread{60'000};
  std::uint64_t jitter_seed = 0;  // 0: taken from the system
};

struct ListQuery {
  std::string ns{};  // empty: all namespaces
  std::string label_selector{};
  std::string field_selector{};
  bool metadata_only = false;  // only apiVersion, kind and metadata of each object
  /// Called with each item before the next page is read: what is taken out of it is never kept for all.
  std::function<void(json::value&)> each{};
};

struct List {
  std::vector<json::value> items{};  // each with apiVersion and kind, which the API leaves out inside lists
  std::string resource_version{};    // where a watch continues
};

struct WriteOptions {
  std::string field_manager{};
  bool dry_run = false;
};

struct ApplyOptions {
  std::string field_manager{};  // required
  bool force = true;            // take fields that other managers own
  bool dry_run = false;
  std::string subresource{};  // "status"
};

struct Applied {
  json::value object{};
  bool created = false;
};

/// One object and no other of its name, in the namespace of what is asked of.
struct ObjectIdentity {
  Resource kind{};
  std::string name{};
  std::string uid{};
};

struct TokenQuery {
  std::chrono::seconds lifetime{};
  /// With it (a Pod or a Secret) the token goes.
  std::optional<ObjectIdentity> bound_to{};
};

/// Of a service account. Holds a secret.
struct AccountToken {
  std::string token{};
  Instant expires{};  // as the server says, which may give less time than was asked for
};

/// Where the API server is, and what its certificate is held against.
struct Endpoint {
  std::string server{};
  Pem authority{};  // empty: what the system trusts
};

enum class Propagation { kBackground, kForeground, kOrphan };

struct RemoveOptions {
  std::string uid{};               // not empty: only that very object, else kConflict
  std::string resource_version{};  // not empty: only in that state, else kConflict
  std::optional<Propagation> propagation{};
  std::optional<int> grace_period_seconds{};
  bool dry_run = false;
};

enum class Removed {
  kGone,     // it is no more
  kPending,  // accepted; finalizers or a grace period hold it
  kAbsent,   // there was none
};

enum class EventType { kAdded, kModified, kDeleted, kBookmark };

struct WatchEvent {
  EventType type{};
  json::value object{};
};

struct WatchQuery {
  std::string ns{};
  std::string label_selector{};
  std::string field_selector{};
  std::string resource_version{};     // of a list or of the last event seen
  std::chrono::seconds timeout{300};  // after which the server ends the watch, which is no failure
  /// With bookmarks, silence for so long means that the other end is dead: kTimeout. Zero: only the timeout
  /// counts.
  std::chrono::milliseconds bookmark_patience{0};
  bool hears_bookmarks = false;  // they are known to come; else from the first one of this watch on
};

inline constexpr std::size_t kMaxWarnings = 64;
inline constexpr std::string_view kMayNotWriteSlug = "may_not_write";

class Client {
 public:
  /// For tests and simulation: any transport.
  Client(std::unique_ptr<Transport> transport, ClientSettings settings, std::stop_token stop = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Gives back the one before.
  std::chrono::milliseconds set_call_deadline(std::chrono::milliseconds deadline);
  /// Asked before each try of a request that changes something, so before repeated ones too: a call may last
  /// long after its caller looked. When it says no, nothing is sent and the call ends with kConflict, slug
  /// kMayNotWriteSlug.
  void set_write_guard(std::function<bool()> may_write);
  /// What the server warned of since this was last asked (a deprecated version, a pod that a stricter level
  /// would refuse), each text once; at most kMaxWarnings.
  std::vector<std::string> take_warnings();

  /// kNotFound when there is none.
  Result<json::value> get(const ObjectRef& ref);
  /// The same, but an object that is not there is no error.
  Result<std::optional<json::value>> find(const ObjectRef& ref);
  /// All pages. Starts over when the server forgot where it was (410), a few times.
  Result<List> list(const Resource& resource, const ListQuery& query = {});

  /// POST. kConflict with slug "AlreadyExists" when the name is taken. Not retried once the request may have
  /// arrived.
  Result<json::value> create(const Resource& resource, std::string_view ns, const json::value& object,
                             const WriteOptions& options = {});
  /// Server-side apply: creates, or makes the fields in `object` so and drops those this manager named before
  /// and no longer does. kConflict with slug "Conflict" when another manager owns a field and `force` is off.
  Result<Applied> apply(const ObjectRef& ref, const json::value& object, const ApplyOptions& options);
  Result<json::value> merge_patch(const ObjectRef& ref, const json::value& patch,
                                  const WriteOptions& options = {}, std::string_view subresource = "");
  /// PUT. kConflict with slug "Conflict" when the object's resourceVersion is no longer the newest.
  Result<json::value> replace(const ObjectRef& ref, const json::value& object,
                              const WriteOptions& options = {}, std::string_view subresource = "");
  Result<Removed> remove(const ObjectRef& ref, const RemoveOptions& options = {});
  /// A token of that service account for the API server itself (TokenRequest). kNotFound where there is no
  /// such account or nothing that it could be bound to, kConflict where that is another, kInvalid for less
  /// than ten minutes.
  Result<AccountToken> make_token(const ObjectRef& account, const TokenQuery& query);

  /// GET of any path ("/version", "/readyz"), the body as it came.
  Result<std::string> raw_get(std::string_view path_and_query);
  /// What the server serves, in two requests.
  Result<Discovery> discover();

  /// Blocks while events come. Success: the server ended the watch in good order, or `on_event` returned
  /// false. kGone: the resource version is too old, list again. An error with slug "stopped": a stop was
  /// asked for. Bookmarks are handed on too: they carry only a newer resource version.
  Status watch(const Resource& resource, const WatchQuery& query,
               const std::function<bool(WatchEvent)>& on_event);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Makes clients that share credentials. A value; copies may be used from several threads.
class ClientFactory {
 public:
  ClientFactory(Config config, ClientSettings settings = {});
  /// From any maker of transports, for tests and simulation.
  ClientFactory(std::function<std::unique_ptr<Transport>()> make_transport, ClientSettings settings);

  /// `stop` ends every call of this client, whatever it waits for.
  Client client(std::stop_token stop = {}) const;
  const ClientSettings& settings() const { return settings_; }
  /// Of a cluster that is simulated without a network there is none.
  const Endpoint& endpoint() const { return endpoint_; }
  /// The same, for objects that others make as large as they may: lists come in pages of so many.
  ClientFactory with_pages_of(std::size_t items) const;

 private:
  Endpoint endpoint_;
  std::function<std::unique_ptr<Transport>()> make_transport_;
  ClientSettings settings_;
};

/// The call was ended by its stop token.
bool is_stopped(const Error& error);

}  // namespace berth::kube
