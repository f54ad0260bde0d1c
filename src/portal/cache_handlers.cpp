// The catalogue of the node cache, what nodes hold of it, and the tokens of their daemons (decision 64).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "portal/cache_render.hpp"
#include "portal/handlers.hpp"
#include "portal/named_node.hpp"
#include "portal/problem.hpp"
#include "store/cache_catalogue.hpp"
#include "store/cache_nodes.hpp"
#include "store/pools.hpp"

namespace berth::portal {
namespace {

using cacheplan::ArtifactId;

ArtifactId artifact_id(const Call& call) {
  return ArtifactId{std::string(call.request.param("id"))};
}

std::vector<std::string> names_in(const json::value& list) {
  std::vector<std::string> names;
  for (const auto& name : list.as_array()) names.emplace_back(name.as_string());
  return names;
}

template <typename Items, typename Render>
HandlerResult list_answer(const Items& items, const Render& render) {
  json::array out;
  for (const auto& item : items) out.emplace_back(render(item));
  return json_answer(200, json::object{{"items", std::move(out)}, {"next", nullptr}});
}

HandlerResult no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

// --- The catalogue: who declares pools declares what lies on their nodes ---

HandlerResult list_artifacts(Call& call) {
  if (auto allowed = need(call, model::Duty::kBook); !allowed) return fail(allowed.error());
  const auto all = store::list_cache_artifacts(call.db);
  if (!all) return fail(all.error());
  // Whoever books may see what there is; who added it, and what admins tell each other of it, is theirs.
  const bool whole = need(call, model::Duty::kDeclarePools).has_value();
  return list_answer(*all, [whole](store::CacheArtifact one) {
    if (!whole) one.note = one.added_by = {};
    return render_cache_artifact(one);
  });
}

HandlerResult add_artifact(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto& body = call.body;
  store::NewCacheArtifact artifact{
      .kind = cacheplan::parse_kind(string_at(body, {"kind"})).value_or(cacheplan::Kind::kModel),
      .source = string_at(body, {"source"}),
      .bytes = find_int(body, {"bytes"}),
      .digest = string_at(body, {"digest"}),
      .priority = static_cast<int>(find_int(body, {"priority"}).value_or(cacheplan::kUsualPriority)),
      .pinned = find_bool(body, {"pinned"}).value_or(false),
      .note = string_at(body, {"note"})};
  if (const auto* pools = find(body, {"pools"})) artifact.pools = names_in(*pools);
  const auto added = store::add_cache_artifact(call.db, call.author(), call.caller->viewer.id, artifact);
  if (!added) return fail(added.error());
  return json_answer(201, render_cache_artifact(*added));
}

HandlerResult change_artifact(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto& body = call.body;
  store::CacheArtifactChange change{.pinned = find_bool(body, {"pinned"}),
                                    .note = find_string(body, {"note"})};
  if (const auto priority = find_int(body, {"priority"})) change.priority = static_cast<int>(*priority);
  if (const auto* pools = find(body, {"pools"})) change.pools = names_in(*pools);
  const auto changed = store::change_cache_artifact(call.db, call.author(), artifact_id(call), change);
  if (!changed) return fail(changed.error());
  return json_answer(200, render_cache_artifact(*changed));
}

HandlerResult remove_artifact(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  if (auto gone = store::remove_cache_artifact(call.db, call.author(), artifact_id(call)); !gone)
    return fail(gone.error());
  return no_content();
}

// --- Nodes and their tokens ---

HandlerResult list_nodes(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto name = std::string(call.request.query_value("pool").value_or(""));
  if (!name.empty()) {
    if (const auto pool = pool_of(call); !pool) return fail(pool.error());
  }
  const auto nodes = store::list_cache_nodes(call.db, name);
  if (!nodes) return fail(nodes.error());
  return list_answer(*nodes, [](const store::CacheNodeRow& one) { return render_cache_node(one); });
}

HandlerResult list_tokens(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto tokens = store::list_cache_tokens(call.db);
  if (!tokens) return fail(tokens.error());
  return list_answer(*tokens, [](const store::CacheToken& one) { return render_cache_token(one); });
}

HandlerResult create_token(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto named = named_node(call);
  if (!named) return fail(named.error());
  const auto made = store::create_cache_token(call.db, call.author(), call.services.random,
                                              call.caller->viewer.id, named->node);
  if (!made) return fail(made.error());
  auto body = render_cache_token(made->token);
  body["token"] = made->secret;
  return json_answer(201, body);
}

HandlerResult revoke_token(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const model::TokenId id{std::string(call.request.param("id"))};
  if (auto gone = store::revoke_cache_token(call.db, call.author(), id); !gone) return fail(gone.error());
  return no_content();
}

}  // namespace

void add_cache_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listCacheArtifacts"] = list_artifacts;
  handlers["addCacheArtifact"] = add_artifact;
  handlers["changeCacheArtifact"] = change_artifact;
  handlers["removeCacheArtifact"] = remove_artifact;
  handlers["listCacheNodes"] = list_nodes;
  handlers["listCacheTokens"] = list_tokens;
  handlers["createCacheToken"] = create_token;
  handlers["revokeCacheToken"] = revoke_token;
}

}  // namespace berth::portal
