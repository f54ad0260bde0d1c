// What the portal and a node's daemon say to each other, as JSON. Read strictly on both sides: the portal's
// description of its API has checked a report's form before, a daemon checks the answer itself.
#pragma once

#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "cacheplan/report.hpp"

namespace berth::cacheplan {

json::object to_json(const Wanted& wanted);
/// An answer's `items`. kMalformed.
Result<std::vector<Wanted>> parse_wanted(const json::value& items);

json::object to_json(const Report& report);
/// Of a body that the description of the API has let pass. kInvalid with the field for what no schema says.
Result<Report> parse_report(const json::value& body);

}  // namespace berth::cacheplan
