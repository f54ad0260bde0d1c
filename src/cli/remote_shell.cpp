#include "cli/remote_shell.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "cli/escape.hpp"
#include "cli/output.hpp"
#include "cli/raw_terminal.hpp"
#include "cli/standard_streams.hpp"
#include "tunnel/shell_messages.hpp"
#include "tunnel/target.hpp"

namespace berth::cli {
namespace {

namespace asio = boost::asio;
using tunnel::Message;

constexpr std::string_view kEscapes =
    "\r\nAt the beginning of a line: ~. ends the connection, ~~ is one ~, ~? is this.\r\n";

std::string terminal_name() {
  const auto* name = std::getenv("TERM");
  return name == nullptr ? "xterm" : name;
}

/// Everything but what threads call back is for the thread that runs `io`.
class Session {
 public:
  Session(asio::io_context& io, std::shared_ptr<tunnel::Line> line, bool terminal)
      : io_(io),
        line_(std::move(line)),
        output_([this](bool taken) { asio::post(io_, [this, taken] { written(taken); }); }),
        resized_(io),
        ended_by_(io) {
    if (terminal) terminal_.emplace(STDIN_FILENO);
  }

  void begin(tunnel::ShellStart start) {
    if (terminal_) {
      start.terminal = window_of(STDIN_FILENO);
      start.terminal_name = terminal_name();
      hear_signals();
    }
    send(to_message(tunnel::FromClient{std::move(start)}));
    input_.emplace(STDIN_FILENO, tunnel::kChunkBytes, [this](std::string piece) {
      asio::post(io_, [this, piece = std::move(piece)]() mutable { typed(std::move(piece)); });
    });
    read_line();
  }

  /// After `io` has come to its end.
  void give_terminal_back() {
    if (terminal_) terminal_->restore();
  }
  const std::optional<tunnel::Exited>& exited() const { return exited_; }
  bool left() const { return left_; }
  int signal() const { return signal_; }

 private:
  // --- From the keys to the command ---

  void typed(std::string piece) {
    if (piece.empty()) return input_ended();
    EscapeReader::Typed typed{.bytes = std::move(piece)};
    if (terminal_) typed = escapes_.take(typed.bytes);
    if (typed.asks) std::cerr << kEscapes << std::flush;
    if (typed.ends) {
      left_ = true;
      return end();
    }
    if (typed.bytes.empty()) return input_->more();
    line_->write(to_message(tunnel::Channel::kInput, typed.bytes), [this](const Status& sent) {
      if (sent) input_->more();  // else reading tells
    });
  }

  void input_ended() {
    if (!terminal_) return send(to_message(tunnel::FromClient{tunnel::InputEnd{}}));
    left_ = true;  // the terminal is gone
    end();
  }

  void hear_signals() {
    resized_.add(SIGWINCH);
    hear_resized();
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) ended_by_.add(one);
    hear_end();
  }

  void hear_resized() {
    resized_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      send(to_message(tunnel::FromClient{window_of(STDIN_FILENO)}));
      hear_resized();
    });
  }

  /// None of them comes from a key: those go to the command.
  void hear_end() {
    ended_by_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number != SIGTSTP) {
        signal_ = number;
        return end();
      }
      terminal_->restore();
      ::kill(::getpid(), SIGSTOP);
      terminal_->raw();
      send(to_message(tunnel::FromClient{window_of(STDIN_FILENO)}));
      hear_end();
    });
  }

  // --- From the command to the screen ---

  void read_line() {
    line_->read([this](const Result<Message>& message) {
      if (!message) return end();
      auto read = tunnel::read_from_server(*message);
      if (!read) return end();
      if (const auto* exited = std::get_if<tunnel::Exited>(&*read)) {
        exited_ = *exited;
        return end();
      }
      auto& bytes = std::get<tunnel::Bytes>(*read);
      const bool error = bytes.channel == tunnel::Channel::kErrors;
      output_.write(error ? STDERR_FILENO : STDOUT_FILENO, std::move(bytes.bytes));
    });
  }

  void written(bool taken) {
    if (taken) return read_line();
    left_ = true;  // nobody reads it any more
    end();
  }

  void send(Message message) {
    line_->write(std::move(message), [](const Status&) {
      // Reading tells of a line that is lost.
    });
  }

  void end() {
    line_->cut();
    io_.stop();
  }

  asio::io_context& io_;
  const std::shared_ptr<tunnel::Line> line_;
  std::optional<RawTerminal> terminal_;
  EscapeReader escapes_;
  OutputWriter output_;
  asio::signal_set resized_;
  asio::signal_set ended_by_;
  std::optional<InputReader> input_;
  std::optional<tunnel::Exited> exited_;
  bool left_ = false;
  int signal_ = 0;
};

/// As any program that the signal ends.
[[noreturn]] void die_by(int number) {
  std::signal(number, SIG_DFL);
  std::raise(number);
  std::_Exit(128 + number);
}

int tell(const Error& error) {
  Conversation::complain(error);
  return exit_code_for(error);
}

}  // namespace

std::vector<std::string> as_shell_line(std::vector<std::string> typed) {
  constexpr std::string_view kSigns = " \t\n;|&<>()$`\"'*?[]~#{}";
  if (typed.size() != 1 || typed.front().find_first_of(kSigns) == std::string::npos) return typed;
  return {"bash", "-lc", std::move(typed.front())};
}

int run_shell(GateWay& way, const ShellAsked& asked) {
  const bool sits_there = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  if (asked.wants_terminal && !sits_there) {
    std::cerr << "berth: -t is for a terminal, and standard input or output is none\n";
    return kUsage;
  }
  if (auto fits = tunnel::check_command(asked.command); !fits) return tell(fits.error());
  asio::io_context io(1);
  auto line = way.open(io, std::string(tunnel::kShellPath));
  if (!line) return tell(line.error());

  const bool terminal = sits_there && (asked.command.empty() || asked.wants_terminal);
  // Taken apart before `io` is, whose callbacks know it.
  auto session = std::make_unique<Session>(io, std::move(*line), terminal);
  session->begin({.command = asked.command, .terminal = {}, .terminal_name = {}});
  const auto work = asio::make_work_guard(io);
  io.run();
  session->give_terminal_back();
  if (session->signal() != 0) die_by(session->signal());
  const auto exited = session->exited();
  const bool left = session->left();
  session.reset();
  if (exited) {
    if (!exited->why.empty()) std::cerr << "berth: " << plain(exited->why) << '\n';
    return exited->code;
  }
  if (left) {
    if (terminal) std::cerr << "berth: left " << way.name() << '\n';
    return kFailed;
  }
  return tell(way.why_cut());
}

}  // namespace berth::cli
