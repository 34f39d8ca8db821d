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
#include "tool/configs.h"
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
  Interactive(const CommandLine& line, Output& output) : line_(line), output_(output) {}

  int run() {
    const Input input = parse_input(line_.targets[0]);
    if (input.path == "-") {
      output_.error("standard input holds the commands of the prompt; name a file");
      return kUsage;
    }
    auto opened = open_target(line_, *shared_);
    if (!opened) {
      output_.error(opened.error());
      return kUsage;
    }
    at_start_ = std::move(opened->settings.options);
    at_start_.world.budget.cancel = interrupts_.flag();
    frameworks_ = std::move(opened->settings.frameworks);
    start(std::move(opened->file), opened->target, at_start_);
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

  void start(LoadedFile file, const Target& target, const AnalysisOptions& options) {
    prompt_.reset();
    file_ = std::make_unique<LoadedFile>(std::move(file));
    qualname_ = target.qualname;
    prompt_ = std::make_unique<prompt::Prompt>(*file_->session, target, options, at_start_, output_.style());
  }

  // The same target of a file that was written.
  std::string start_again(const std::string& path, const AnalysisOptions& options) {
    auto shared = std::make_unique<SharedModules>();
    auto file = load_file(path, line_.stdin_filename, *shared, frameworks_);
    if (!file) return file.error();
    // Lines may have moved; names have not.
    const auto target = find_input(*file, {.path = path, .qualname = qualname_, .line = 0});
    if (!target) return target.error();
    start(std::move(*file), *target, options);
    shared_ = std::move(shared);
    return "";
  }

  void take(const prompt::FileWrite& write, bool& failed) {
    std::string problem = write_back(write);
    if (problem.empty()) {
      output_.write(fmt::format("wrote {}\n", write.path));
      problem = start_again(write.path, AnalysisOptions(prompt_->options()));
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
  std::unique_ptr<SharedModules> shared_ = std::make_unique<SharedModules>();
  std::shared_ptr<const FrameworkStore> frameworks_;  ///< of the configuration; null when it adds none
  AnalysisOptions at_start_;
  std::unique_ptr<LoadedFile> file_;
  std::string qualname_;
  std::unique_ptr<prompt::Prompt> prompt_;
};

}  // namespace

int run_interactive(const CommandLine& line, Output& output) {
  if (line.format != OutputFormat::full) {
    output.error("--interactive answers in text; leave --output-format away");
    return kUsage;
  }
  return Interactive(line, output).run();
}

}  // namespace shapelint::tool
