// What comes along the lines of a gate: where they are asked to lead, whose they are, and the messages of
// terminals, from both ends.
#include "fuzz.hpp"
#include "tunnel/request_head.hpp"
#include "tunnel/service.hpp"
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

/// All goes on but the one line, and nobody is named by what comes after the head.
void of_nginx(std::string_view text) {
  const auto head = take_holder(text);
  if (!head) return;
  const auto line = std::string("\r\n").append(kHolderHeader).append(": ").append(head->holder);
  const auto at = text.find(line);
  berth::fuzz::require(!head->holder.empty() && head->holder.find("\r\n") == std::string::npos);
  berth::fuzz::require(at < text.find("\r\n\r\n") || text.find("\r\n\r\n") == std::string_view::npos);
  berth::fuzz::require(std::string(text).erase(at, line.size()) == head->without);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = berth::fuzz::text_of(data, size);
  if (const auto target = parse_port_target(text)) {
    const auto last = target->port == 0 ? std::string(kNowhere) : std::to_string(target->port);
    berth::fuzz::require(text == std::string(kPortPath) + last);
  }
  of_nginx(text);
  for (const bool is_text : {false, true}) {
    of_client({std::string(text), is_text});
    of_server({std::string(text), is_text});
  }
  return 0;
}
