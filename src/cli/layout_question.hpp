// What `berth gpu layout --from-bookings` asks the planner, from a pool and its calendar.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "layout/cuts.hpp"
#include "layout/timeline.hpp"
#include "model/pool.hpp"

namespace berth::cli {

/// How a card is cut now: "gpu-node-1/gpu0=2", ways counted as `berth gpu plan` does.
struct PresentWay {
  std::string node;
  std::string device;
  int way = 1;
  bool operator==(const PresentWay&) const = default;
};
/// kInvalid, field "now", for what is none.
Result<PresentWay> parse_present(const std::string& text);

struct LayoutTimes {
  Instant now;
  Instant horizon;
  Duration change;
  Duration tail;
  Duration patience;
};

/// The question, and what its places stand for. Points into the pool.
struct AskedLayouts {
  struct Card {
    const model::Node* node = nullptr;
    layout::CardCuts cuts;
    std::size_t index = 0;                  // on its node
    std::vector<const model::Unit*> units;  // by the question's places
    bool seen = false;                      // the present way follows from a session that is ready
  };
  layout::LayoutQuestion question;
  std::vector<Card> cards;
  std::vector<std::string> notes;  // what a reader should know of them
};

/// `calendar` is an answer of the API's operation of that name, of the whole time up to the horizon. A card
/// of one way is cut so; of several that one which `present` says, or the only one with all units that ready
/// sessions are on; else nobody knows. kInvalid: a way that is none, or of a card that is none.
Result<AskedLayouts> ask_layouts(const model::Pool& pool, const json::value& calendar,
                                 const std::vector<PresentWay>& present, const LayoutTimes& times,
                                 std::vector<layout::LayoutWish> wishes);

}  // namespace berth::cli
