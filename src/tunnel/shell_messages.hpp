// What a terminal's line carries, as values. Bytes go as binary messages whose first byte says what they are;
// all else is JSON with one field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "tunnel/line.hpp"

namespace berth::tunnel {

enum class Channel : std::uint8_t { kInput = 0, kOutput = 1, kErrors = 2 };

struct WindowSize {
  std::uint16_t rows = 24;
  std::uint16_t columns = 80;
  bool operator==(const WindowSize&) const = default;
};

/// The first message of a client.
struct ShellStart {
  std::vector<std::string> command;    // and its arguments; empty: a login shell
  std::optional<WindowSize> terminal;  // none: three pipes
  std::string terminal_name;           // $TERM
  bool operator==(const ShellStart&) const = default;
};
struct InputEnd {
  bool operator==(const InputEnd&) const = default;
};
struct Bytes {
  Channel channel = Channel::kInput;
  std::string bytes;
  bool operator==(const Bytes&) const = default;
};
/// The last message of a server, by what ended the command.
struct Exited {
  int code = 0;     // 0 to 255; of one that a signal ended 128 and the signal's number, as a shell has it
  std::string why;  // of a command that could not be started; empty else
  bool operator==(const Exited&) const = default;
};

using FromClient = std::variant<ShellStart, WindowSize, InputEnd, Bytes>;
using FromServer = std::variant<Bytes, Exited>;

inline constexpr std::size_t kMaxCommandWords = 1024;
/// As JSON a byte may take six, and all of it goes as one message.
inline constexpr std::size_t kMaxCommandBytes = 8UL * 1024;

Message to_message(const FromClient& message);
Message to_message(const FromServer& message);
/// The same of bytes that were read, without a copy more.
Message to_message(Channel channel, std::string_view bytes);

/// kMalformed with what is wrong with it.
Result<FromClient> read_from_client(const Message& message);
Result<FromServer> read_from_server(const Message& message);

/// A command that fits into a start, else kInvalid.
Status check_command(const std::vector<std::string>& command);

}  // namespace berth::tunnel
