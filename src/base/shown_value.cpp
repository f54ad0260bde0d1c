#include "base/shown_value.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace berth {

std::string shown_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return shown(std::string_view(value.get_string()));
    case json::kind::double_: {
      std::array<char, 32> text{};  // the shortest form of any double has 24 characters at most
      return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value.get_double()).ptr};
    }
    case json::kind::object:
      return "an object";
    case json::kind::array:
      return "a list";
    default:
      return json::serialize(value);
  }
}

}  // namespace berth
