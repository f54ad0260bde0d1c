#include "store/cache_nodes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/cache_catalogue.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using cacheplan::ArtifactId;
using cacheplan::Keep;
using cacheplan::Said;
using cacheplan::State;
using testing::ElementsAre;
using testing::IsEmpty;

class NodeCache : public StoreTest {
 protected:
  CacheArtifact add(const std::string& name, std::vector<std::string> pools = {}, bool pinned = false) {
    return must(
        add_cache_artifact(connection_, admin_author(), admin_,
                           {.source = "hf://owner/" + name, .pools = std::move(pools), .pinned = pinned}));
  }
  Result<CacheArtifact> try_add(const NewCacheArtifact& artifact) {
    return add_cache_artifact(connection_, admin_author(), admin_, artifact);
  }
  model::NodeId node() const { return lab_.nodes.front().id; }
  CacheNodeCaller caller() const { return {.token = {}, .node = node(), .pool = lab_.id}; }
  std::vector<std::string> wanted() {
    std::vector<std::string> names;
    for (const auto& one : must(wanted_on(connection_, caller()))) names.push_back(one.artifact.source);
    return names;
  }
  CreatedCacheToken token() {
    return must(create_cache_token(connection_, admin_author(), random_, admin_, node()));
  }
  static cacheplan::Report report(std::vector<Said> artifacts) {
    return {
        .disk = {.bytes = 100, .free = 40}, .held_bytes = 30, .rate = 7, .artifacts = std::move(artifacts)};
  }
  std::vector<std::string> audited(const std::string& type) {
    std::vector<std::string> actions;
    const auto rows =
        sql("SELECT action AS x FROM berth.audit WHERE object_type = '" + type + "' ORDER BY id");
    for (const auto& row : rows) actions.push_back(row.get<std::string>("x"));
    return actions;
  }
  CacheNodeRow status() { return must(list_cache_nodes(connection_, lab_.name)).at(0); }

  SystemRandom random_;
};

// --- The catalogue ---

TEST_F(NodeCache, TheCatalogueIsChangedAndEachChangeIsAudited) {
  const auto made = add("b", {"lab"}, true);
  EXPECT_EQ(made.artifact.source, "hf://owner/b@main");
  EXPECT_THAT(made.pools, ElementsAre("lab"));
  add("a");
  const auto all = must(list_cache_artifacts(connection_));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].artifact.source, "hf://owner/a@main");
  const auto changed = must(change_cache_artifact(connection_, admin_author(), made.artifact.id,
                                                  {.pools = std::vector<std::string>{}, .pinned = false}));
  EXPECT_FALSE(changed.artifact.pinned);
  EXPECT_THAT(changed.pools, IsEmpty());
  must(change_cache_artifact(connection_, admin_author(), made.artifact.id, {.pinned = false}));
  must(remove_cache_artifact(connection_, admin_author(), made.artifact.id));
  EXPECT_THAT(audited("cache_artifact"), ElementsAre("cache_artifact.created", "cache_artifact.created",
                                                     "cache_artifact.changed", "cache_artifact.removed"))
      << "what is so already is no change";
  EXPECT_THAT(audited("cache_artifact_pool"),
              ElementsAre("cache_artifact_pool.created", "cache_artifact_pool.removed"));
  EXPECT_EQ(
      change_cache_artifact(connection_, admin_author(), made.artifact.id, {.pinned = true}).error().slug,
      "no_cache_artifact");
  EXPECT_EQ(remove_cache_artifact(connection_, admin_author(), made.artifact.id).error().code,
            Code::kNotFound);
}

TEST_F(NodeCache, TheCatalogueRefusesByField) {
  add("a");
  EXPECT_EQ(try_add({.source = "hf://owner/a@main"}).error().slug, "already_in_cache_catalogue");
  const auto field_of = [&](const NewCacheArtifact& artifact) {
    return try_add(artifact).error().fields.at(0).field;
  };
  EXPECT_EQ(field_of({.source = "https://owner/b"}), "source");
  EXPECT_EQ(field_of({.source = "hf://owner/b", .pools = {"lab", "nowhere"}}), "pools");
  EXPECT_EQ(field_of({.source = "hf://owner/b", .digest = "sha256:" + std::string(64, 'a')}), "digest");
  EXPECT_EQ(field_of({.kind = cacheplan::Kind::kImage, .source = "host/a:1", .digest = std::string(40, 'a')}),
            "digest");
  EXPECT_EQ(must(list_cache_artifacts(connection_)).size(), 1U) << "nothing of what is refused is there";
}

TEST_F(NodeCache, TheCatalogueIsBounded) {
  sql(
      fmt::format("INSERT INTO berth.cache_artifact (kind, source, added_by)"
                  " SELECT 'model', 'hf://owner/m' || n || '@main', '{}' FROM generate_series(1, {}) n",
                  admin_.value, cacheplan::kMostArtifacts));
  EXPECT_EQ(try_add({.source = "hf://owner/more"}).error().slug, "cache_catalogue_full");
  EXPECT_EQ(must(wanted_on(connection_, caller())).size(), cacheplan::kMostArtifacts);
}

// --- What a node should hold ---

TEST_F(NodeCache, ANodeIsToHoldWhatIsForItsPoolOrForAll) {
  must(apply_pool(connection_, admin_author(), other_pool("other")));
  add("a", {"other"});
  add("b", {"lab", "other"});
  add("c");
  add("d", {}, true);
  EXPECT_THAT(wanted(), ElementsAre("hf://owner/d@main", "hf://owner/b@main", "hf://owner/c@main"));
}

TEST_F(NodeCache, WhatABookingOnTheNodeNamesComesFirstUntilItIsOver) {
  const auto ana = add_user("ana@example.org");
  const auto soon = slice(ana, 0, 4).reservation.id;
  const auto later = slice(ana, 4, 8).reservation.id;
  const auto a = add("a").artifact.id, b = add("b").artifact.id;
  add("c", {}, true);
  const auto needs = [&](const model::ReservationId& reservation, const ArtifactId& artifact) {
    sql(fmt::format("INSERT INTO berth.reservation_artifact VALUES ('{}', '{}')", reservation.value,
                    artifact.value));
  };
  needs(later, a);
  needs(soon, b);
  EXPECT_THAT(wanted(), ElementsAre("hf://owner/b@main", "hf://owner/a@main", "hf://owner/c@main"));
  auto all = must(wanted_on(connection_, caller()));
  EXPECT_EQ(all[0].keep, Keep::kNeeded);
  EXPECT_EQ(all[0].needed_at, step(0));
  shift_back(soon, minutes(45));
  begin(soon);
  EXPECT_EQ(must(wanted_on(connection_, caller()))[0].keep, Keep::kInUse);
  // Past its end, and not gone: its session reads it still.
  shift_back(soon, hours(6));
  EXPECT_EQ(must(wanted_on(connection_, caller()))[0].keep, Keep::kInUse);
}

// --- Reports ---

TEST_F(NodeCache, AReportIsWhatStatusShows) {
  const auto a = add("a").artifact.id;
  EXPECT_FALSE(status().reported_at);
  const Said pulling{.artifact = a,
                     .state = State::kPulling,
                     .bytes = 3,
                     .of_bytes = 9,
                     .rate = 2,
                     .digest = "",
                     .reason = ""};
  EXPECT_EQ(must(write_cache_report(connection_, caller(), report({pulling}))), 0U);
  auto told = status();
  ASSERT_TRUE(told.reported_at);
  EXPECT_EQ(told.report.disk, (cacheplan::Disk{.bytes = 100, .free = 40}));
  ASSERT_EQ(told.artifacts.size(), 1U);
  EXPECT_EQ(told.artifacts[0].said, pulling);
  const auto since = told.artifacts[0].since;
  auto more = pulling;
  more.bytes = 5;
  must(write_cache_report(connection_, caller(), report({more})));
  EXPECT_EQ(status().artifacts[0].since, since) << "the state is the same";
  more.state = State::kCached;
  auto unmeasured = report({more});
  unmeasured.rate = 0;
  must(write_cache_report(connection_, caller(), unmeasured));
  EXPECT_GT(status().artifacts[0].since, since);
  EXPECT_EQ(status().report.rate, 7) << "what was measured is remembered";
  must(write_cache_report(connection_, caller(), report({})));
  EXPECT_THAT(status().artifacts, IsEmpty()) << "what a node does not speak of is forgotten";
  EXPECT_THAT(audited("cache_state"), IsEmpty());
}

TEST_F(NodeCache, AReportSaysNothingOfWhatIsNotWantedThere) {
  must(apply_pool(connection_, admin_author(), other_pool("other")));
  const auto elsewhere = add("a", {"other"}).artifact.id;
  const ArtifactId nowhere{"00000000-0000-4000-8000-000000000000"};
  const auto here = add("b").artifact.id;
  const auto cached = [](const ArtifactId& id) { return Said{.artifact = id, .state = State::kCached}; };
  EXPECT_EQ(must(write_cache_report(connection_, caller(),
                                    report({cached(elsewhere), cached(nowhere), cached(here)}))),
            2U);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.cache_state"), 1);
}

TEST_F(NodeCache, WhatIsRemovedFromTheCatalogueIsNotToldOfAnyMore) {
  const auto a = add("a").artifact.id;
  must(write_cache_report(connection_, caller(), report({{.artifact = a, .state = State::kCached}})));
  must(remove_cache_artifact(connection_, admin_author(), a));
  EXPECT_THAT(status().artifacts, IsEmpty());
}

// --- Tokens ---

TEST_F(NodeCache, ATokenIsItsNodesUntilItIsRevoked) {
  const auto made = token();
  EXPECT_TRUE(made.secret.starts_with("bnode_"));
  EXPECT_EQ(made.token.node, lab_.nodes.front().name);
  const auto used = must(use_cache_token(connection_, made.secret));
  EXPECT_EQ(used.node, node());
  EXPECT_EQ(used.pool, lab_.id);
  EXPECT_TRUE(must(list_cache_tokens(connection_)).at(0).last_used_at);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'cache_token'"), 1)
      << "using it is no change";
  EXPECT_EQ(
      number("SELECT count(*) AS x FROM berth.audit WHERE coalesce(after::text, '') LIKE '%token_hash%'"), 0);
  must(revoke_cache_token(connection_, admin_author(), made.token.id));
  must(revoke_cache_token(connection_, admin_author(), made.token.id));
  EXPECT_EQ(use_cache_token(connection_, made.secret).error().slug, "token_revoked");
  EXPECT_THAT(audited("cache_token"), ElementsAre("cache_token.created", "cache_token.changed"));
  EXPECT_EQ(
      revoke_cache_token(connection_, admin_author(), {"00000000-0000-4000-8000-000000000000"}).error().code,
      Code::kNotFound);
}

TEST_F(NodeCache, WhatIsNoTokenIsUnknown) {
  auto secret = token().secret;
  secret.back() = secret.back() == 'A' ? 'B' : 'A';
  for (const auto& wrong :
       {secret, std::string("bnode_"), std::string("berth_x"), std::string(10'000, 'x'), std::string()})
    EXPECT_EQ(use_cache_token(connection_, wrong).error().slug, "token_unknown");
}

TEST_F(NodeCache, ARetiredNodesTokenDoesNotWork) {
  const auto made = token();
  sql("UPDATE berth.node SET retired_at = now()");
  EXPECT_EQ(use_cache_token(connection_, made.secret).error().slug, "node_retired");
}

TEST_F(NodeCache, WhatIsOfNoUseAnyMoreIsForgotten) {
  const auto named = [&](const std::string& age) {
    const auto id = token().token.id.value;
    if (!age.empty())
      sql(fmt::format("UPDATE berth.cache_token SET revoked_at = now() - interval '{}' WHERE id = '{}'", age,
                      id));
  };
  named("");
  named("29 days");
  named("31 days");
  const auto a = add("a").artifact.id;
  must(write_cache_report(connection_, caller(), report({{.artifact = a}})));
  sql("SELECT berth.housekeep()");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.cache_token"), 2);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.cache_state"), 1);
  sql(fmt::format("UPDATE berth.node SET retired_at = now() WHERE id = {}", node().value));
  sql("SELECT berth.housekeep()");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.cache_state"), 0);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.cache_node"), 0);
}

TEST_F(NodeCache, ANodeHasFewTokens) {
  for (int i = 0; i < kMaxTokensPerNode; ++i) token();
  EXPECT_EQ(create_cache_token(connection_, admin_author(), random_, admin_, node()).error().slug,
            "too_many_cache_tokens");
  must(revoke_cache_token(connection_, admin_author(), must(list_cache_tokens(connection_)).front().id));
  token();
}

}  // namespace
}  // namespace berth::store
