#include "tunnel/shell_messages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace berth::tunnel {
namespace {

constexpr std::int64_t kMaxExitCode = 255;
constexpr std::int64_t kMaxSide = 10'000;  // rows or columns
constexpr std::size_t kMaxNameBytes = 64;

json::object to_json(const WindowSize& size) {
  return {{"rows", size.rows}, {"columns", size.columns}};
}

std::optional<WindowSize> size_in(const json::value& value) {
  const auto rows = find_int(value, {"rows"});
  const auto columns = find_int(value, {"columns"});
  const auto fits = [](const std::optional<std::int64_t>& side) {
    return side && *side >= 1 && *side <= kMaxSide;
  };
  if (!fits(rows) || !fits(columns)) return std::nullopt;
  return WindowSize{static_cast<std::uint16_t>(*rows), static_cast<std::uint16_t>(*columns)};
}

/// It becomes a variable of the command, and programs look for a file of that name.
bool is_terminal_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("+-._").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::kMalformed, fmt::format("no message of a terminal: {}", what));
}

Result<Bytes> read_bytes(const Message& message, Channel first, Channel last) {
  if (message.bytes.empty()) return malformed("no channel");
  const auto channel = static_cast<unsigned char>(message.bytes.front());
  if (channel < static_cast<unsigned char>(first) || channel > static_cast<unsigned char>(last))
    return malformed("an unknown channel");
  return Bytes{static_cast<Channel>(channel), message.bytes.substr(1)};
}

Result<ShellStart> read_start(const json::value& value) {
  ShellStart start;
  const auto* command = find(value, {"command"});
  if (command == nullptr || !command->is_array()) return malformed("command is no list");
  for (const auto& word : command->get_array()) {
    if (!word.is_string()) return malformed("command is no list of texts");
    const auto& text = word.get_string();
    start.command.emplace_back(text.data(), text.size());
  }
  if (auto fits = check_command(start.command); !fits) return malformed(fits.error().message);
  const auto* terminal = find(value, {"terminal"});
  if (terminal == nullptr) return start;
  start.terminal = size_in(*terminal);
  if (!start.terminal) return malformed("terminal has no size");
  start.terminal_name = string_at(*terminal, {"name"});
  if (!is_terminal_name(start.terminal_name)) return malformed("terminal has no name");
  return start;
}

/// The one field of an object.
std::optional<std::pair<std::string_view, const json::value*>> only_field(const json::value& value) {
  if (!value.is_object() || value.get_object().size() != 1) return std::nullopt;
  const auto& field = *value.get_object().begin();
  return std::pair{std::string_view(field.key().data(), field.key().size()), &field.value()};
}

Message text(const json::object& object) {
  return {json::serialize(object), true};
}

}  // namespace

Status check_command(const std::vector<std::string>& command) {
  std::size_t bytes = 0;
  for (const auto& word : command) {
    bytes += word.size();
    if (!is_utf8(word) || word.find('\0') != std::string::npos)
      return fail(Code::kInvalid, "a word of the command is no text in UTF-8");
  }
  if (command.size() > kMaxCommandWords || bytes > kMaxCommandBytes) {
    return fail(Code::kInvalid, fmt::format("the command has more than {} words or {} bytes",
                                            kMaxCommandWords, kMaxCommandBytes));
  }
  if (!command.empty() && command.front().empty()) return fail(Code::kInvalid, "the command's name is empty");
  return {};
}

Message to_message(Channel channel, std::string_view bytes) {
  Message message;
  message.bytes.reserve(bytes.size() + 1);
  message.bytes.push_back(static_cast<char>(channel));
  message.bytes.append(bytes);
  return message;
}

Message to_message(const FromClient& message) {
  if (const auto* bytes = std::get_if<Bytes>(&message)) return to_message(bytes->channel, bytes->bytes);
  if (const auto* size = std::get_if<WindowSize>(&message))
    return text(json::object{{"size", to_json(*size)}});
  if (std::holds_alternative<InputEnd>(message)) return text(json::object{{"end", true}});
  const auto& start = std::get<ShellStart>(message);
  json::array command;
  for (const auto& word : start.command) command.emplace_back(word);
  json::object value{{"command", std::move(command)}};
  if (start.terminal) {
    auto terminal = to_json(*start.terminal);
    terminal["name"] = is_terminal_name(start.terminal_name) ? start.terminal_name : "xterm";
    value["terminal"] = std::move(terminal);
  }
  return text(json::object{{"start", std::move(value)}});
}

Message to_message(const FromServer& message) {
  if (const auto* bytes = std::get_if<Bytes>(&message)) return to_message(bytes->channel, bytes->bytes);
  const auto& exited = std::get<Exited>(message);
  json::object value{{"code", exited.code}};
  if (!exited.why.empty()) value["why"] = exited.why;
  return text(json::object{{"exited", std::move(value)}});
}

Result<FromClient> read_from_client(const Message& message) {
  if (!message.is_text) {
    auto bytes = read_bytes(message, Channel::kInput, Channel::kInput);
    if (!bytes) return fail(bytes.error());
    return std::move(*bytes);
  }
  const auto value = parse_json(message.bytes);
  if (!value) return malformed("no JSON");
  const auto field = only_field(*value);
  if (!field) return malformed("not one field");
  const auto& [name, of] = *field;
  if (name == "start") {
    auto start = read_start(*of);
    if (!start) return fail(start.error());
    return std::move(*start);
  }
  if (name == "size") {
    const auto size = size_in(*of);
    if (!size) return malformed("a window of no size");
    return *size;
  }
  if (name == "end" && of->is_bool() && of->get_bool()) return InputEnd{};
  return malformed("an unknown field");
}

Result<FromServer> read_from_server(const Message& message) {
  if (!message.is_text) {
    auto bytes = read_bytes(message, Channel::kOutput, Channel::kErrors);
    if (!bytes) return fail(bytes.error());
    return std::move(*bytes);
  }
  const auto value = parse_json(message.bytes);
  if (!value) return malformed("no JSON");
  const auto code = find_int(*value, {"exited", "code"});
  if (!code || *code < 0 || *code > kMaxExitCode) return malformed("no exit code");
  return Exited{static_cast<int>(*code), string_at(*value, {"exited", "why"})};
}

}  // namespace berth::tunnel
