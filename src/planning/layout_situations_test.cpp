// Situations with layouts that were ordered, for the golden plans.
#include "planning/layout_situation_for_test.hpp"
#include "planning/situations_for_test.hpp"

namespace berth::planning {
namespace {

Situation plain(const LayoutSituation& it) {
  return static_cast<const Situation&>(it);
}

}  // namespace

std::vector<Told> layout_situations() {
  return {
      {"a_layout_is_due_and_bookings_wait",
       [] {
         LayoutSituation it;
         it.in_force(kWhole).order(kSlices).due();
         return plain(it);
       }},
      {"a_layout_waits_for_a_session",
       [] {
         LayoutSituation it;
         it.in_force(kSlices).order(kWhole).running_session();
         return plain(it);
       }},
      {"a_layout_is_there_when_its_units_are",
       [] {
         LayoutSituation it;
         it.in_force(kWhole).order(kSlices).settle();
         it.labelled(kSlices).later(40s).mig_state("pending").settle();
         it.later(40s).mig_state("success").offers(it.of(kSlices));
         return plain(it);
       }},
      {"a_layout_is_stuck",
       [] {
         LayoutSituation it;
         it.in_force(kWhole).order(kSlices).settle();
         it.labelled(kSlices).later(40s).mig_state("pending").offers({}).paused().settle();
         it.later(31min);
         return plain(it);
       }},
      {"a_layout_is_tried_again",
       [] {
         LayoutSituation it;
         it.in_force(kWhole).order(kSlices).settle();
         it.labelled(kSlices).later(40s).mig_state("pending").offers({}).settle();
         it.later(16min).settle();
         it.desired.layouts.back().retry_asked = true;
         return plain(it);
       }},
      {"a_layout_is_changed_by_hand",
       [] {
         LayoutSituation it;
         it.in_force(kSlices).running_session().later(1min).labelled(kWhole);
         return plain(it);
       }},
      {"a_layout_that_was_changed_by_hand_is_given_again",
       [] {
         LayoutSituation it;
         it.in_force(kSlices).labelled(kWhole).mig_state("pending").offers({}).due().at(it.start() + 2min);
         it.settle();
         it.later(40s).mig_state("success").offers(it.of(kWhole));
         return plain(it);
       }},
      {"a_layout_is_looked_at_after_a_boot",
       [] {
         LayoutSituation it;
         it.in_force(kSlices).boot("boot-2").offers({}).due();
         return plain(it);
       }},
  };
}

}  // namespace berth::planning
