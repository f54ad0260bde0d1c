// The checks of the rules, for the list of them alone. What each says is beside it there.
#pragma once

#include "booking/rules.hpp"

namespace berth::booking::rule {

// What a reservation that has begun may no longer change. Given with the value it has, it is no change.
std::optional<FieldError> class_stays(const Draft& draft);
std::optional<FieldError> units_stay(const Draft& draft);
std::optional<FieldError> start_stays(const Draft& draft);
std::optional<FieldError> cpu_stays(const Draft& draft);
std::optional<FieldError> memory_stays(const Draft& draft);
std::optional<FieldError> storage_stays(const Draft& draft);
std::optional<FieldError> mode_stays(const Draft& draft);

// Start and end.
std::optional<FieldError> start_is_ahead(const Draft& draft);
std::optional<FieldError> start_has_notice(const Draft& draft);
std::optional<FieldError> start_on_step(const Draft& draft);
std::optional<FieldError> one_end(const Draft& draft);
std::optional<FieldError> duration_is_some(const Draft& draft);
std::optional<FieldError> duration_within_longest(const Draft& draft);
std::optional<FieldError> duration_in_steps(const Draft& draft);
std::optional<FieldError> end_on_step(const Draft& draft);
std::optional<FieldError> end_is_ahead(const Draft& draft);
std::optional<FieldError> end_after_start(const Draft& draft);
std::optional<FieldError> not_too_short(const Draft& draft);
std::optional<FieldError> not_too_long(const Draft& draft);
std::optional<FieldError> starts_within_horizon(const Draft& draft);
std::optional<FieldError> ends_within_horizon(const Draft& draft);

// What is booked.
std::optional<FieldError> class_is_offered(const Draft& draft);
std::optional<FieldError> some_units(const Draft& draft);
std::optional<FieldError> units_on_one_node(const Draft& draft);
std::optional<FieldError> cpu_fits(const Draft& draft);
std::optional<FieldError> memory_fits(const Draft& draft);
std::optional<FieldError> storage_fits(const Draft& draft);

// By whom, and what it is called.
std::optional<FieldError> name_is_short(const Draft& draft);
std::optional<FieldError> name_is_text(const Draft& draft);
std::optional<FieldError> owner_holds_fewer(const Draft& draft);

}  // namespace berth::booking::rule
