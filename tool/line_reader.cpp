#include "tool/line_reader.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <utility>

namespace shapelint::tool {
namespace {

// Signals arrive on whichever thread is free, so a reader that waits is woken through a pipe.
std::atomic<bool> interrupted{false};
std::atomic<bool> resized{false};
std::atomic<bool> continued{false};
std::array<int, 2> wake = {-1, -1};
struct sigaction before_interrupt, before_resize, before_continue;

extern "C" void on_signal(int signal) {
  const int error = errno;
  if (signal == SIGINT) interrupted = true;
  if (signal == SIGWINCH) resized = true;
  if (signal == SIGCONT) continued = true;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake[1], &byte, 1);
  errno = error;
}

void drain() {
  std::array<char, 64> bytes;
  while (::read(wake[0], bytes.data(), bytes.size()) > 0) {
  }
}

// Lines without any editing, for pipes and files.
class PlainReader : public LineReader {
 public:
  explicit PlainReader(Interrupts& interrupts) : interrupts_(interrupts) {}
  bool is_terminal() const override { return false; }

  LineEnd next(std::string& line) override {
    while (true) {
      if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
        line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return LineEnd::line;
      }
      if (is_at_end_) {
        line = std::exchange(buffer_, {});
        return line.empty() ? LineEnd::end : LineEnd::line;
      }
      std::array<pollfd, 2> inputs = {pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                      pollfd{.fd = interrupts_.descriptor(), .events = POLLIN, .revents = 0}};
      if (::poll(inputs.data(), inputs.size(), -1) < 0 && errno != EINTR) return LineEnd::end;
      drain();
      // Nothing runs that could be stopped: whoever waits for input here wants to leave.
      if (interrupted) return LineEnd::interrupted;
      if (inputs[0].revents == 0) continue;
      std::array<char, 4096> bytes;
      const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) is_at_end_ = true;
      else buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  Interrupts& interrupts_;
  std::string buffer_;
  bool is_at_end_ = false;
};

// libedit. It calls back through C functions, which find the object in its client data.
class Terminal : public LineReader {
 public:
  Terminal(Interrupts& interrupts, std::string prompt, Complete complete)
      : interrupts_(interrupts), prompt_(std::move(prompt)), complete_(std::move(complete)) {
    // What is typed is UTF-8, whatever the environment forgets to say.
    std::setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
    edit_ = el_init("shapelint", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, 1000);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &Terminal::prompt_of);
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_SIGNAL, 0);
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_GETCFN, &Terminal::get_character);
    el_set(edit_, EL_ADDFN, "shapelint-complete", "Complete the word", &Terminal::complete_word);
    el_set(edit_, EL_BIND, "^I", "shapelint-complete", nullptr);
    el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }
  ~Terminal() override {
    el_end(edit_);
    history_end(history_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_terminal() const override { return true; }

  LineEnd next(std::string& line) override {
    interrupted = false;
    int count = 0;
    const char* text = el_gets(edit_, &count);
    if (text == nullptr || count <= 0) {
      // The terminal stands behind what was typed.
      std::fputs(interrupted ? "^C\n" : "\n", stdout);
      std::fflush(stdout);
      if (!interrupted) return LineEnd::end;
      el_set(edit_, EL_PREP_TERM, 0);
      el_reset(edit_);
      return LineEnd::interrupted;
    }
    line.assign(text, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos) {
      HistEvent event;
      history(history_, &event, H_ENTER, line.c_str());
    }
    return LineEnd::line;
  }

 private:
  static Terminal& of(EditLine* edit) {
    void* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<Terminal*>(self);
  }

  static char* prompt_of(EditLine* edit) { return of(edit).prompt_.data(); }

  static int get_character(EditLine* edit, wchar_t* out) {
    const Terminal& self = of(edit);
    std::mbstate_t state{};
    while (true) {
      std::array<pollfd, 2> inputs = {pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                      pollfd{.fd = self.interrupts_.descriptor(), .events = POLLIN, .revents = 0}};
      if (::poll(inputs.data(), inputs.size(), -1) < 0 && errno != EINTR) return -1;
      drain();
      if (interrupted) return -1;
      if (resized.exchange(false)) el_resize(edit);
      if (continued.exchange(false)) {
        el_set(edit, EL_PREP_TERM, 1);
        el_set(edit, EL_REFRESH);
      }
      if (inputs[0].revents == 0) continue;
      char byte = 0;
      const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return static_cast<int>(count);
      const std::size_t length = std::mbrtowc(out, &byte, 1, &state);
      if (length == static_cast<std::size_t>(-2)) continue;  // more bytes follow
      if (length == static_cast<std::size_t>(-1)) {
        *out = L'?';
      }
      return 1;
    }
  }

  static unsigned char complete_word(EditLine* edit, int /*key*/) {
    const Terminal& self = of(edit);
    const LineInfo* info = el_line(edit);
    const std::string_view line(info->buffer, static_cast<std::size_t>(info->lastchar - info->buffer));
    const auto cursor = static_cast<std::size_t>(info->cursor - info->buffer);
    const LineCompletions found = self.complete_(line, cursor);
    if (found.words.empty()) return CC_ERROR;
    std::string_view common = found.words.front();
    for (const std::string& word : found.words) {
      const auto differs = std::ranges::mismatch(common, word);
      common = common.substr(0, static_cast<std::size_t>(differs.in1 - common.begin()));
    }
    std::string typed(common.substr(std::min(common.size(), cursor - found.begin)));
    if (found.words.size() == 1 && !common.ends_with('=')) typed += ' ';
    if (!typed.empty()) return el_insertstr(edit, typed.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    std::string list = "\n";
    for (const std::string& word : found.words) list += word + "  ";
    std::fputs((list + "\n").c_str(), stdout);
    return CC_REDISPLAY;
  }

  Interrupts& interrupts_;
  std::string prompt_;
  Complete complete_;
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
};

}  // namespace

Interrupts::Interrupts() {
  interrupted = false;
  if (::pipe2(wake.data(), O_CLOEXEC | O_NONBLOCK) != 0) wake = {-1, -1};
  struct sigaction action{};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, &before_interrupt);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, &before_resize);
  ::sigaction(SIGCONT, &action, &before_continue);
}

Interrupts::~Interrupts() {
  ::sigaction(SIGINT, &before_interrupt, nullptr);
  ::sigaction(SIGWINCH, &before_resize, nullptr);
  ::sigaction(SIGCONT, &before_continue, nullptr);
  for (int& end : wake) {
    if (end >= 0) ::close(end);
    end = -1;
  }
}

const std::atomic<bool>* Interrupts::flag() const { return &interrupted; }
void Interrupts::clear() { interrupted = false; }
int Interrupts::descriptor() const { return wake[0]; }

std::unique_ptr<LineReader> make_line_reader(Interrupts& interrupts, std::string prompt, Complete complete) {
  if (::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0)
    return std::make_unique<Terminal>(interrupts, std::move(prompt), std::move(complete));
  return std::make_unique<PlainReader>(interrupts);
}

}  // namespace shapelint::tool
