// Each rule of the list has a draft that breaks it, and the one it is made from breaks none.
#include "booking/rules.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::IsEmpty;

const Instant kRulesNow = hour(10.1);

Request good_request() {
  Request out;
  out.pool = "lab";
  out.device_class = "slice-24gb";
  out.start = hour(12);
  out.end = hour(14);
  return out;
}

model::Reservation begun() {
  model::Reservation out;
  out.id = {"r"};
  out.device_class = kSlice;
  out.units = 1;
  out.load = {{15'000}, {92}, {558}};
  out.window = {hour(9.2), hour(12)};
  out.state = model::ReservationState::kActive;
  return out;
}

/// What a case breaks it with.
struct Breach {
  std::function<void(Request&)> request = [](Request&) {};
  std::function<void(model::Policy&)> policy = [](model::Policy&) {};
  int live = 0;
};

const std::map<std::string_view, Breach> kNew{
    {"start_is_ahead", {.request = [](Request& it) { it.start = hour(9); }}},
    {"start_has_notice", {.policy = [](model::Policy& it) { it.lead = hours(5); }}},
    {"start_on_step", {.request = [](Request& it) { it.start = hour(12.1); }}},
    {"one_end", {.request = [](Request& it) { it.end.reset(); }}},
    {"duration_is_some", {.request = [](Request& it) { it.end.reset(), it.duration = minutes(0); }}},
    {"duration_within_longest",
     {.request = [](Request& it) { it.end.reset(), it.duration = hours(24 * 8); }}},
    {"duration_in_steps", {.request = [](Request& it) { it.end.reset(), it.duration = minutes(45); }}},
    {"end_on_step", {.request = [](Request& it) { it.end = hour(13.9); }}},
    {"end_after_start", {.request = [](Request& it) { it.end = hour(11); }}},
    {"not_too_short", {.policy = [](model::Policy& it) { it.min_length = hours(3); }}},
    {"not_too_long", {.policy = [](model::Policy& it) { it.max_length = hours(1); }}},
    {"starts_within_horizon", {.policy = [](model::Policy& it) { it.horizon = hours(1); }}},
    {"ends_within_horizon", {.policy = [](model::Policy& it) { it.horizon = hours(3); }}},
    {"class_is_offered", {.request = [](Request& it) { it.device_class = "h200"; }}},
    {"some_units", {.request = [](Request& it) { it.units = 0; }}},
    {"units_on_one_node", {.request = [](Request& it) { it.units = 5; }}},
    {"cpu_fits", {.request = [](Request& it) { it.cpu = CpuMilli{0}; }}},
    {"memory_fits", {.request = [](Request& it) { it.memory = Gib{100'000}; }}},
    {"storage_fits", {.request = [](Request& it) { it.storage = Gib{10}; }}},
    {"name_is_short", {.request = [](Request& it) { it.name = std::string(101, 'x'); }}},
    {"name_is_text", {.request = [](Request& it) { it.name = "a\nb"; }}},
    {"owner_holds_fewer", {.live = 20}},
};

const std::map<std::string_view, EditRequest> kEdits{
    {"class_stays", {.device_class = "whole-96gb"}},
    {"units_stay", {.units = 2}},
    {"start_stays", {.start = Now{}}},
    {"cpu_stays", {.cpu = CpuMilli{1'000}}},
    {"memory_stays", {.memory = Gib{1}}},
    {"storage_stays", {.storage = Gib{400}}},
    {"mode_stays", {.mode = model::Mode::kInferenceContainers}},
    {"end_is_ahead", {.end = hour(10)}},
};

/// Asked one by one, whatever the others say. Without a class there is nothing to ask of units and load.
std::vector<std::string_view> broken(const Draft& draft) {
  std::vector<std::string_view> names;
  for (const auto& rule : rules()) {
    const bool of_class = std::find(rule.needs.begin(), rule.needs.end(), Topic::kClass) != rule.needs.end();
    if ((draft.device_class != nullptr || !of_class) && rule.broken(draft)) names.push_back(rule.name);
  }
  return names;
}

TEST(Rules, EachHasACaseThatBreaksItAndASentence) {
  std::set<std::string_view> without_case;
  for (const auto& rule : rules()) {
    EXPECT_TRUE(rule.says.ends_with('.')) << rule.name;
    EXPECT_TRUE(without_case.insert(rule.name).second) << rule.name << " is there twice";
  }
  const auto plain = lab();
  EXPECT_THAT(broken(draft_of(plain, good_request(), {}, kRulesNow)), IsEmpty());
  for (const auto& [name, change] : kNew) {
    auto pool = lab();
    auto request = good_request();
    change.policy(pool.policy);
    change.request(request);
    EXPECT_THAT(broken(draft_of(pool, request, {change.live}, kRulesNow)), Contains(name));
    without_case.erase(name);
  }
  const auto current = begun();
  EXPECT_THAT(broken(draft_of(plain, current, {}, kRulesNow)), IsEmpty());
  for (const auto& [name, edit] : kEdits) {
    EXPECT_THAT(broken(draft_of(plain, current, edit, kRulesNow)), Contains(name));
    without_case.erase(name);
  }
  EXPECT_THAT(without_case, IsEmpty());
}

TEST(Rules, OfOneTopicTheFirstFaultIsToldAndNoneThatFollowsFromIt) {
  auto request = good_request();
  request.start = hour(9.1);  // past and on no step
  request.device_class = "h200";
  request.units = 0;
  const auto pool = lab();
  const auto fields = faults_of(draft_of(pool, request, {}, kRulesNow)).error().fields;
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].field, "start");
  EXPECT_EQ(fields[1].field, "device_class") << "and nothing of units, which only a class has";
}

}  // namespace
}  // namespace berth::booking
