// People of two teams and what they book, for the tests of what each may read.
#pragma once

#include <fmt/format.h>

#include <set>

#include "store/fixture.hpp"

namespace berth::store {

class Lists : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  model::UserId lead_ = add_user("lead@example.org", model::Role::kLead);
  model::UserId finance_ = add_user("finance@example.org", model::Role::kFinance);
  model::TeamId vision_ = add_team("vision");
  model::TeamId speech_ = add_team("speech");

  Lists() {
    add_member(vision_, ana_);
    add_member(vision_, lead_, true);
    add_member(speech_, ana_);
    add_member(speech_, ben_);
  }
  std::string book_for(const model::UserId& owner, const std::optional<std::string>& team, int from) {
    auto wanted = request("slice-24gb", 1, from, from + 1);
    wanted.name = fmt::format("{}-{}", must(find_user(connection_, owner))->name, team.value_or("alone"));
    must(create(connection_, author(owner), viewer(owner), {wanted, team}));
    return wanted.name;
  }
  std::set<std::string> seen_by(const model::UserId& who, const ReservationFilter& filter = {}) {
    std::set<std::string> names;
    for (const auto& view : must(list_reservations(connection_, viewer(who), filter, {})).page.items) {
      names.insert(view.reservation.name);
    }
    return names;
  }
};

}  // namespace berth::store
