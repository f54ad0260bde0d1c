#include "base/shown_value.hpp"

#include "base/number_text.hpp"
#include "base/text.hpp"

namespace berth {

std::string shown_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return shown(std::string_view(value.get_string()));
    case json::kind::double_:
      return number_text(value.get_double());
    case json::kind::object:
      return "an object";
    case json::kind::array:
      return "a list";
    default:
      return json::serialize(value);
  }
}

}  // namespace berth
