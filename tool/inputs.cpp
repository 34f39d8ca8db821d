#include "tool/inputs.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "lib/support/suggest.h"
#include "lib/trace/inherited.h"
#include "lib/trace/targets.h"

namespace shapelint::tool {
namespace {

// `text` without a last `:NUMBER`, and that number.
std::optional<std::uint32_t> cut_number(std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc() || at != end || number == 0) return std::nullopt;
  text.resize(colon);
  return number;
}

// `text` without a last `:cell NUMBER`, and that number.
std::optional<std::uint32_t> cut_cell(std::string& text) {
  constexpr std::string_view kCell = ":cell ";
  const std::size_t at = text.rfind(kCell);
  if (at == std::string::npos) return std::nullopt;
  std::string number = text.substr(0, at) + ":" + text.substr(at + kCell.size());
  const auto cell = cut_number(number);
  if (cell) text = number;
  return cell;
}

std::string list_names(const std::vector<LossTarget>& losses, const std::string& path) {
  std::string out;
  for (std::size_t i = 0; i < losses.size() && i < 10; ++i)
    out += fmt::format("\n  {}::{}", path, losses[i].target.qualname);
  return losses.size() > 10 ? out + "\n  ..." : out;
}

}  // namespace

Input parse_input(const std::string& argument) {
  if (const std::size_t at = argument.find("::"); at != std::string::npos && at > 0)
    return {.path = argument.substr(0, at), .qualname = argument.substr(at + 2)};
  Input input{.path = argument};
  if (exists(argument)) return input;
  std::string rest = argument;
  if (const auto last = cut_number(rest)) {
    // `losses.py:42:7` is a place as findings print it: the line stands before the column.
    const auto before = cut_number(rest);
    input.cell = cut_cell(rest).value_or(0);
    input.path = rest;
    input.line = before ? *before : *last;
  }
  return input;
}

std::string missing_path(const std::string& path) {
  if (is_link(path)) return fmt::format("'{}' is a link that leads nowhere", path);
  return fmt::format("no such file or folder '{}'{}", path, did_you_mean(path, neighbours(path)));
}

namespace {

Result<LoadedFile, std::string> load_cxx(const std::string& shown_path, std::string text, const SharedModules& shared) {
  auto provider = std::make_unique<CxxProvider>(shared.cxx);
  if (std::string problem = provider->run(shown_path, text); !problem.empty()) return problem;
  LoadedFile file;
  file.path = shown_path;
  file.provider = std::move(provider);
  file.session = std::make_unique<Session>(file.provider.get(), shared.frameworks);
  const SourceId source = file.session->sources().add(display_name(shown_path), std::move(text));
  file.module = file.session->library().add("main", source, Dialect::cxx);
  return file;
}

}  // namespace

Result<Notebook, std::string> source_text(const std::string& shown_path, std::string text) {
  // C++ compilers read comments and texts in any encoding.
  if (is_cxx_name(shown_path)) make_utf8(text);
  if (const std::string problem = text_problem(text); !problem.empty())
    return fmt::format("{}:{}", shown_path, problem);
  if (!is_notebook_name(shown_path)) return Notebook{.source = {.text = std::move(text), .cells = {}}, .broken = {}};
  auto notebook = read_notebook(text);
  // A place stands right behind the name, as compilers write it.
  if (!notebook) {
    const bool has_place = std::isdigit(static_cast<unsigned char>(notebook.error().front())) != 0;
    return fmt::format("{}:{}{}", shown_path, has_place ? "" : " ", notebook.error());
  }
  return std::move(*notebook);
}

Result<LoadedFile, std::string> load_text(const std::string& shown_path, Notebook text, SharedModules& shared,
                                          const std::shared_ptr<const FrameworkStore>& frameworks) {
  if (is_cxx_name(shown_path)) return load_cxx(shown_path, std::move(text.source.text), shared);
  ModulePlace place = module_place(shown_path, shared.folders);
  LoadedFile file;
  file.path = shown_path;
  file.provider = std::make_unique<FileProvider>(std::move(place.roots), &shared.project);
  file.session = std::make_unique<Session>(file.provider.get(), frameworks != nullptr ? frameworks : shared.frameworks);
  file.module = file.session->library().add(
      shared.project.add(display_name(shown_path), place.name, place.is_package, std::move(text.source)));
  file.broken = std::move(text.broken);
  return file;
}

Result<LoadedFile, std::string> load_file(const std::string& path, const std::string& stdin_filename,
                                          SharedModules& shared,
                                          const std::shared_ptr<const FrameworkStore>& frameworks) {
  const std::string& shown = path == "-" ? stdin_filename : path;
  if (path != "-" && !exists(path)) return missing_path(path);
  if (path != "-" && is_folder(path)) return fmt::format("'{}' is a folder; name a file", path);
  if (!is_source_name(shown) && !is_cxx_name(shown))
    return fmt::format("{}: not a .py, .pyi, .ipynb, .loss or C++ file", shown);
  auto text = read_source_file(path, shown);
  if (!text) return fmt::format("{}: {}", shown, text.error().message);
  auto source = source_text(shown, std::move(*text));
  if (!source) return std::move(source.error());
  return load_text(shown, std::move(*source), shared, frameworks);
}

// A class is constructed and then called: one that cannot be needs the name of a method.
static std::string not_callable(const std::string& path, const Target& target,
                                const std::vector<std::string>& methods) {
  std::string message = fmt::format("{}::{} has no forward, call or __call__", path, target.qualname);
  for (std::size_t i = 0; i < methods.size() && i < 5; ++i)
    message += fmt::format("{} {}::{}.{}", i == 0 ? "; name a method:" : ",", path, target.qualname, methods[i]);
  return message;
}

Result<Target, std::string> find_input(const LoadedFile& file, const Input& input) {
  const LoadedModule& module = *file.module;
  if (!input.qualname.empty()) {
    Session& session = *file.session;
    if (auto target = find_target(module, input.qualname)) {
      if (const auto methods = methods_without_call(session.library(), session.dims(), *target))
        return not_callable(file.path, *target, *methods);
      return std::move(*target);
    }
    if (auto target = find_inherited(session.library(), session.dims(), module, input.qualname))
      return std::move(*target);
    std::string message = fmt::format("{} has no function or class '{}'", file.path, input.qualname);
    const std::vector<std::string> similar = similar_targets(module, input.qualname);
    for (std::size_t i = 0; i < similar.size() && i < 3; ++i)
      message += fmt::format("{} '{}'", i == 0 ? "; did you mean" : " or", similar[i]);
    return message + (similar.empty() ? "" : "?");
  }
  if (input.line != 0) {
    const SourceFile& source = file.session->sources().file(module.source);
    if (source.is_notebook() != (input.cell != 0))
      return source.is_notebook() ? fmt::format("a place in a notebook is `{}:cell NUMBER:LINE`", file.path)
                                  : fmt::format("{} is no notebook and has no cells", file.path);
    const auto line = source.line_of({input.cell, input.line});
    if (!line && source.is_notebook())
      return fmt::format("{} has no line {} of code in cell {}", file.path, input.line, input.cell);
    if (!line) return fmt::format("{} ends at line {}", file.path, source.line_count());
    if (auto target = target_at_line(module, source, *line)) return std::move(*target);
    // A line of the script itself.
    for (LossTarget& loss : find_losses(module))
      if (is_module_body(loss.target)) return std::move(loss.target);
    return fmt::format("there is no function around {}:{}", file.path,
                       SourceFile::spell(SourceFile::ShownLine{input.cell, input.line}));
  }
  std::vector<LossTarget> losses = find_losses(module);
  std::erase_if(losses, [](const LossTarget& loss) { return loss.is_helper; });
  if (losses.size() == 1) return std::move(losses[0].target);
  if (losses.empty()) return fmt::format("no loss was found in {}; name a function: {}::NAME", file.path, file.path);
  return fmt::format("{} has {} losses; name one:{}", file.path, losses.size(), list_names(losses, file.path));
}

}  // namespace shapelint::tool
