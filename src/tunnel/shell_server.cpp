#include "tunnel/shell_server.hpp"

#include <sys/wait.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tunnel/child.hpp"
#include "tunnel/guarded.hpp"
#include "tunnel/shell_messages.hpp"
#include "tunnel/target.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
using IoError = boost::system::error_code;
using OutputPipe = asio::posix::stream_descriptor;

/// What was started in the background may hold a command's output open for good: after the command's own end
/// it is over once nothing has come for so long.
constexpr std::chrono::milliseconds kQuiet{250};
constexpr std::chrono::seconds kStartPatience{10};
constexpr int kNotStarted = 127;
constexpr int kSignalled = 128;

/// Hears of children's ends.
class Undertaker : public std::enable_shared_from_this<Undertaker> {
 public:
  explicit Undertaker(asio::io_context& io) : ends_(io, SIGCHLD) {}

  void begin() {
    ends_.async_wait([weak = weak_from_this()](const IoError& error, int) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->begin();
      self->look();
    });
  }
  /// `told` gets the exit code, later.
  void expect(pid_t pid, std::function<void(int)> told) {
    waiting_.emplace(pid, std::move(told));
    asio::post(ends_.get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->look();  // it may have ended before
    });
  }

 private:
  void look() {
    std::vector<std::pair<std::function<void(int)>, int>> ended;
    for (auto one = waiting_.begin(); one != waiting_.end();) {
      int status = 0;
      const auto pid = ::waitpid(one->first, &status, WNOHANG);
      if (pid == 0) {
        ++one;
        continue;
      }
      ended.emplace_back(std::move(one->second),
                         WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status));
      one = waiting_.erase(one);
    }
    for (auto& [told, code] : ended) told(code);
  }

  asio::signal_set ends_;
  std::map<pid_t, std::function<void(int)>> waiting_;
};

class Session : public std::enable_shared_from_this<Session> {
  template <class Run>
  auto safe(Run run) {
    return guarded(shared_from_this(), std::move(run));
  }

 public:
  Session(std::shared_ptr<Line> line, asio::any_io_executor io, std::shared_ptr<Undertaker> undertaker)
      : line_(std::move(line)),
        undertaker_(std::move(undertaker)),
        timer_(io),
        input_(io),
        output_{OutputPipe(io), OutputPipe(io)} {}

  void begin() {
    timer_.expires_after(kStartPatience);
    timer_.async_wait([weak = weak_from_this()](const IoError& error) {
      if (const auto self = weak.lock(); self && !error && self->line_) self->line_->cut();
    });
    line_->read(safe([this](const Result<Message>& message) {
      timer_.cancel();
      const auto read = message ? read_from_client(*message) : fail(message.error());
      const auto* start = read ? std::get_if<ShellStart>(&*read) : nullptr;
      if (start == nullptr) return line_->cut();
      run(*start);
    }));
  }

  /// Where the server ends before the command does.
  ~Session() {
    if (pid_ > 0 && !code_ && !over_) ::kill(-pid_, SIGHUP);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void broken() { hang_up(); }

 private:
  void run(const ShellStart& start) {
    const auto child = start_child(start);
    if (!child) return say({kNotStarted, child.error().message});
    pid_ = child->pid;
    has_terminal_ = start.terminal.has_value();
    // What is read for it keeps it; the undertaker, which it holds itself, must not.
    undertaker_->expect(pid_, [weak = weak_from_this()](int code) {
      if (const auto self = weak.lock()) self->safe([&self](int told) { self->ended(told); })(code);
    });
    input_.assign(child->input);
    output_[0].assign(child->output);
    if (child->errors >= 0) output_[1].assign(child->errors);
    read_output(0);
    if (child->errors >= 0) read_output(1);
    read_line();
  }

  // --- To the command ---

  void read_line() {
    if (over_) return;
    line_->read(safe([this](Result<Message> message) {
      if (over_) return;
      if (!message) return hang_up();
      auto read = read_from_client(*message);
      if (!read) return hang_up();
      if (auto* bytes = std::get_if<Bytes>(&*read)) return write_input(std::move(bytes->bytes));
      if (const auto* size = std::get_if<WindowSize>(&*read); size != nullptr && input_.is_open())
        set_window(input_.native_handle(), *size);
      if (std::holds_alternative<InputEnd>(*read)) end_input();
      read_line();
    }));
  }

  void write_input(std::string bytes) {
    arrived_ = std::move(bytes);
    if (!input_.is_open()) return read_line();  // it takes no more, and may still write
    asio::async_write(input_, asio::buffer(arrived_), safe([this](const IoError& error, std::size_t) {
                        if (error) close(input_);
                        read_line();
                      }));
  }

  void end_input() {
    if (!has_terminal_) close(input_);
  }

  // --- From it ---

  void read_output(std::size_t which) {
    ++reading_;
    output_.at(which).async_read_some(
        asio::buffer(chunks_.at(which)), safe([this, which](const IoError& error, std::size_t size) {
          --reading_;
          // A terminal that nobody has open any more ends with EIO.
          if (error) return output_ended(which);
          if (over_) return;
          last_output_ = std::chrono::steady_clock::now();
          const auto channel = which == 0 ? Channel::kOutput : Channel::kErrors;
          const std::string_view bytes(chunks_.at(which).data(), size);
          ++writing_;
          line_->write(to_message(channel, bytes), safe([this, which](const Status& written) {
                         --writing_;
                         if (!written) return hang_up();
                         last_output_ = std::chrono::steady_clock::now();
                         read_output(which);
                       }));
        }));
  }

  void output_ended(std::size_t which) {
    close(output_.at(which));
    finish_if_drained();
  }

  void ended(int code) {
    code_ = code;
    last_output_ = std::chrono::steady_clock::now();
    finish_if_drained();
    if (!over_) wait_for_quiet();
  }

  void finish_if_drained() {
    if (code_ && reading_ == 0 && writing_ == 0) finish();
  }

  /// While something is on its way to a slow reader it is not quiet.
  void wait_for_quiet() {
    timer_.expires_after(kQuiet);
    timer_.async_wait(safe([this](const IoError& error) {
      if (error || over_) return;
      if (writing_ == 0 && std::chrono::steady_clock::now() - last_output_ >= kQuiet) return finish();
      wait_for_quiet();
    }));
  }

  void finish() {
    if (std::exchange(over_, true)) return;
    close_all();
    say({*code_, {}});
  }

  void say(const Exited& how) {
    line_->write(to_message(FromServer{how}), [line = line_](const Status&) { line->close(); });
  }

  /// The line is lost, or is closed by the client: the command is told as it would be by a terminal.
  void hang_up() {
    if (std::exchange(over_, true)) return;
    timer_.cancel();
    std::exchange(line_, nullptr)->cut();  // a command that minds no hanging up keeps no place
    if (!code_) ::kill(-pid_, SIGHUP);
    close_all();
  }

  void close_all() {
    close(input_);
    for (auto& one : output_) close(one);
  }
  static void close(OutputPipe& file) {
    IoError ignored;  // what was read is read
    if (file.is_open()) file.close(ignored);
  }

  std::shared_ptr<Line> line_;
  const std::shared_ptr<Undertaker> undertaker_;
  asio::steady_timer timer_;
  OutputPipe input_;
  std::array<OutputPipe, 2> output_;
  std::array<std::array<char, kChunkBytes - 1>, 2> chunks_{};
  std::string arrived_;
  pid_t pid_ = 0;
  bool has_terminal_ = false;
  std::optional<int> code_;
  int reading_ = 0;
  int writing_ = 0;
  std::chrono::steady_clock::time_point last_output_;
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<LineServer>> serve_shells(asio::io_context& io, LineServerSettings settings,
                                                 const Log& log) {
  auto undertaker = std::make_shared<Undertaker>(io);
  undertaker->begin();
  return LineServer::start(
      io, std::move(settings),
      [undertaker](const std::shared_ptr<Visitor>& visitor) {
        if (visitor->target() != kShellPath) return visitor->refuse({404, "unknown"});
        visitor->accept([undertaker, io = visitor->executor()](std::shared_ptr<Line> line) {
          std::make_shared<Session>(std::move(line), io, undertaker)->begin();
        });
      },
      log);
}

}  // namespace berth::tunnel
