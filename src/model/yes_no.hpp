// For tables that are read by eye.
#pragma once

namespace berth::model {

inline constexpr bool yes = true;
inline constexpr bool no = false;

}  // namespace berth::model
