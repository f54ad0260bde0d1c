// What comes along the lines of a gate: where they are asked to lead, and the messages of terminals, from
// both ends.
#include "fuzz.hpp"
#include "tunnel/shell_messages.hpp"
#include "tunnel/target.hpp"

namespace {

using namespace berth::tunnel;

void of_client(const Message& message) {
  const auto read = read_from_client(message);
  if (!read) return;
  const auto again = to_message(*read);
  berth::fuzz::require(again.is_text == message.is_text && read_from_client(again) == *read);
  if (const auto* start = std::get_if<ShellStart>(&*read)) {
    berth::fuzz::require(check_command(start->command).has_value());
    berth::fuzz::require(again.bytes.size() <= kMaxMessageBytes);
    berth::fuzz::require(start->terminal_name.find_first_of("/\n =") == std::string::npos);
  }
}

void of_server(const Message& message) {
  const auto read = read_from_server(message);
  if (!read) return;
  berth::fuzz::require(read_from_server(to_message(*read)) == *read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = berth::fuzz::text_of(data, size);
  if (const auto target = parse_port_target(text)) {
    const auto last = target->port == 0 ? std::string(kNowhere) : std::to_string(target->port);
    berth::fuzz::require(text == std::string(kPortPath) + last);
  }
  for (const bool is_text : {false, true}) {
    of_client({std::string(text), is_text});
    of_server({std::string(text), is_text});
  }
  return 0;
}
