// Ways into a workspace: who gets one, for what, and what is left of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "entry/ticket.hpp"
#include "portal/fixture.hpp"
#include "store/gate_keys.hpp"

namespace berth::portal {
namespace {

class Tickets : public PortalTest {
 protected:
  /// Ana's, for her team, with a workspace that answers.
  std::string ready() {
    auto ana = site().client(site().ana);
    auto body = booking_body(site().fresh_day());
    body["team"] = "vision";
    const auto id = ana.post("/api/v1/reservations", body).id();
    site().begin_session(id);
    site().sql(fmt::format("UPDATE berth.session SET phase = 'Ready' WHERE reservation = '{}'", id));
    return id;
  }
  static Answer ask(Client client, const std::string& id, const json::object& body = {}) {
    return client.post("/api/v1/reservations/" + id + "/tickets", body);
  }
  std::int64_t noted(const std::string& id) {
    return site().number(
        fmt::format("SELECT count(*) AS x FROM berth.audit a JOIN berth.session s ON s.id::text = a.object_id"
                    " WHERE a.action = 'auth.ticket' AND s.reservation = '{}'",
                    id));
  }
};

TEST_F(Tickets, OfTheOwnerAreWhatTheGateTakes) {
  const auto id = ready();
  const auto answer = ask(site().client(site().ana), id);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const std::string head = "https://host.apps.lab.example/_gate/open?t=";
  const auto url = string_at(answer.json, {"url"});
  ASSERT_TRUE(url.starts_with(head)) << url;
  const auto text = url.substr(head.size(), url.find('&') - head.size());
  EXPECT_EQ(url.substr(url.find('&')), "&to=/");

  auto connection = site().database.connect();
  const auto keys = store::read_public_keys(must(connection.exec(store::kPublicGateKeys)));
  const auto session =
      site().text(fmt::format("SELECT id::text AS x FROM berth.session WHERE reservation = '{}'", id));
  const auto expires = time_at(answer.json, "expires_at");
  const auto ticket =
      entry::verify(text, keys, {.session = session, .host = "host-" + id, .now = expires - seconds(1)});
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_EQ(ticket->user, site().ana.id.value);
  EXPECT_EQ(ticket->expires, expires);
  EXPECT_EQ(noted(id), 1);
}

TEST_F(Tickets, LeadToJupyterLabWhereThatIsAskedFor) {
  const auto answer = ask(site().client(site().ana), ready(), {{"app", "lab"}});
  EXPECT_TRUE(string_at(answer.json, {"url"}).ends_with("&to=/lab/lab")) << answer.body;
}

TEST_F(Tickets, AreForNobodyElse) {
  const auto id = ready();
  for (const auto* who : {&site().tom, &site().lead, &site().finance, &site().admin})
    EXPECT_EQ(ask(site().client(*who), id).status, 403) << who->email;
  EXPECT_EQ(ask(site().client(site().ben), id).status, 404);
  EXPECT_EQ(ask(site().stranger(), id).status, 401);
  EXPECT_EQ(noted(id), 0);
}

TEST_F(Tickets, WhereItIsIsToldToThoseAloneWhoMayOpenIt) {
  const auto id = ready();
  const auto endpoints = [&](const Person& who) {
    return site()
        .client(who)
        .get("/api/v1/reservations/" + id + "/session")
        .json.at("endpoints")
        .as_array()
        .size();
  };
  EXPECT_EQ(endpoints(site().ana), 1U);
  EXPECT_EQ(endpoints(site().tom), 0U);
  EXPECT_EQ(endpoints(site().admin), 0U);
}

TEST_F(Tickets, AreNotForAWorkspaceThatDoesNotAnswer) {
  const auto id = ready();
  site().sql(fmt::format("UPDATE berth.session SET phase = 'Starting' WHERE reservation = '{}'", id));
  EXPECT_EQ(ask(site().client(site().ana), id).code(), "workspace_not_ready");
  site().sql(
      fmt::format("UPDATE berth.session SET phase = 'Ready', endpoints = '[]' WHERE reservation = '{}'", id));
  EXPECT_EQ(ask(site().client(site().ana), id).code(), "workspace_not_ready");
}

TEST_F(Tickets, AreNotForOneThatHasNotBegunOrWasEnded) {
  auto ana = site().client(site().ana);
  const auto later = ana.post("/api/v1/reservations", booking_body(site().fresh_day())).id();
  EXPECT_EQ(ask(site().client(site().ana), later).code(), "workspace_not_ready");
  const auto id = ready();
  ASSERT_EQ(ana.send("DELETE", "/api/v1/reservations/" + id).status, 200);
  EXPECT_EQ(ask(site().client(site().ana), id).code(), "workspace_not_ready");
}

TEST_F(Tickets, AreChangesSoAReadersTokenGetsNone) {
  const auto id = ready();
  const auto secret = site().add_token(site().ana, {"read"});
  auto client = site().stranger();
  EXPECT_EQ(client
                .send("POST", "/api/v1/reservations/" + id + "/tickets", "{}",
                      {{"Authorization", "Bearer " + secret}})
                .status,
            403);
}

}  // namespace
}  // namespace berth::portal
