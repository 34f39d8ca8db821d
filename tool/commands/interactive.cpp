// `explain --interactive`: the prompt on a terminal or a pipe.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lib/prompt/prompt.h"
#include "tool/commands/commands.h"
#include "tool/commands/examples.h"
#include "tool/inputs.h"
#include "tool/line_reader.h"
#include "tool/output.h"

namespace shapelint::tool {
namespace {

// What stands between the question and the answer is written over only when it is what was asked about.
std::string write_back(const prompt::FileWrite& write) {
  const auto now = read_file(write.path);
  if (!now) return fmt::format("{}: {}", write.path, now.error().message);
  if (*now != write.before) return fmt::format("{} was changed meanwhile; nothing is written", write.path);
  std::FILE* file = std::fopen(write.path.c_str(), "wb");
  if (file == nullptr) return fmt::format("cannot write {}: {}", write.path, std::strerror(errno));
  errno = 0;
  const bool is_written = std::fwrite(write.after.data(), 1, write.after.size(), file) == write.after.size();
  if (std::fclose(file) != 0 || !is_written)
    return fmt::format("cannot write {}: {}", write.path, std::strerror(errno));
  return "";
}

class Interactive {
 public:
  Interactive(const CommandLine& line, Output& output, AnalysisOptions options)
      : line_(line), output_(output), at_start_(std::move(options)) {
    at_start_.world.budget.cancel = interrupts_.flag();
  }

  int run() {
    const Input input = parse_input(line_.targets[0]);
    if (input.path == "-") {
      output_.error("standard input holds the commands of the prompt; name a file");
      return kUsage;
    }
    if (const std::string problem = load(input, at_start_); !problem.empty()) {
      output_.error(problem);
      return kUsage;
    }
    warn_of_syntax(*file_, output_);
    const auto reader = make_line_reader(interrupts_, "> ", [this](std::string_view text, std::size_t cursor) {
      prompt::Completions found = prompt_->complete(text, cursor);
      return LineCompletions{found.begin, std::move(found.words)};
    });
    prompt::Reply reply = prompt_->open();
    if (reply.failed) {
      reply.text.pop_back();
      output_.error(reply.text);
      return kUsage;
    }
    show(reply);
    if (reader->is_terminal()) output_.write("`help` lists the commands.\n");
    output_.flush();
    bool any_failed = false;
    std::string line;
    while (true) {
      const LineEnd end = reader->next(line);
      if (end == LineEnd::interrupted && reader->is_terminal()) continue;
      if (end == LineEnd::interrupted) return output_.finish(kInterrupted);
      if (end == LineEnd::end) break;
      interrupts_.clear();
      reply = prompt_->answer(line);
      interrupts_.clear();
      show(reply);
      if (reply.write) take(*reply.write, reply.failed);
      output_.flush();
      any_failed = any_failed || reply.failed;
      if (reply.quits) break;
    }
    // A person sees what went wrong; a script has to be told.
    return output_.finish(any_failed && !reader->is_terminal() ? kUsage : kClean);
  }

 private:
  static constexpr int kInterrupted = 130;  // as shells have it

  void show(const prompt::Reply& reply) {
    output_.write(reply.failed ? output_.style().red("error: ") + reply.text : reply.text);
  }

  // The target of a file as it is on disk, and a prompt on it.
  std::string load(const Input& input, const AnalysisOptions& options) {
    auto shared = std::make_unique<SharedModules>();
    auto file = load_file(input.path, line_.stdin_filename, *shared);
    if (!file) return file.error();
    const auto target = find_input(*file, input);
    if (!target) return target.error();
    prompt_.reset();
    file_ = std::make_unique<LoadedFile>(std::move(*file));
    shared_ = std::move(shared);
    qualname_ = target->qualname;
    prompt_ = std::make_unique<prompt::Prompt>(*file_->session, *target, options, at_start_, output_.style());
    return "";
  }

  void take(const prompt::FileWrite& write, bool& failed) {
    std::string problem = write_back(write);
    if (problem.empty()) {
      output_.write(fmt::format("wrote {}\n", write.path));
      const AnalysisOptions options = prompt_->options();
      // Lines may have moved; names have not.
      problem = load({.path = write.path, .qualname = qualname_, .line = 0}, options);
    }
    prompt::Reply reply;
    if (problem.empty()) reply = prompt_->open();
    else reply = {.text = problem + "\n", .failed = true};
    failed = reply.failed;
    show(reply);
  }

  const CommandLine& line_;
  Output& output_;
  Interrupts interrupts_;
  AnalysisOptions at_start_;
  std::unique_ptr<SharedModules> shared_;
  std::unique_ptr<LoadedFile> file_;
  std::string qualname_;
  std::unique_ptr<prompt::Prompt> prompt_;
};

}  // namespace

int run_interactive(const CommandLine& line, Output& output, AnalysisOptions options) {
  if (line.format != OutputFormat::full) {
    output.error("--interactive answers in text; leave --output-format away");
    return kUsage;
  }
  return Interactive(line, output, std::move(options)).run();
}

}  // namespace shapelint::tool
