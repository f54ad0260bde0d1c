// Numbers as people read them, the same in every locale and on every platform.
#pragma once

#include <string>
#include <string_view>

namespace berth::tokenomics {

/// At most 8 significant digits, no trailing zeros: "250141.8", "0.08", "1e+30".
std::string number_text(double value);
/// So many digits that no two numbers look alike: "0.30000000000000004".
std::string exact_text(double value);
/// With that many decimals: "0.42".
std::string fixed_text(double value, int decimals);
/// Three significant digits below 0.1, then two decimals, from 1,000 on none: "0.0123", "0.42", "56,500".
std::string money_text(double value);
/// "38 %", "21.8 %".
std::string percent_text(double share);
/// Rounded to a whole number, in groups of three: "2,720".
std::string whole_text(double value);

}  // namespace berth::tokenomics
