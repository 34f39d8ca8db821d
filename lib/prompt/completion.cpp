#include "lib/prompt/completion.h"

#include <algorithm>
#include <cctype>

#include "lib/prompt/arguments.h"
#include "lib/prompt/help.h"
#include "lib/support/words.h"

namespace shapelint::prompt {
namespace {

constexpr std::size_t kMost = 200;

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || (c & 0x80) != 0;
}

const CommandHelp* command_of(std::string_view line) {
  line = line.substr(0, line.find_first_of(" \t"));
  const auto* found = std::ranges::find(kCommands, line, &CommandHelp::name);
  return found == kCommands.end() ? nullptr : found;
}

std::vector<std::string> command_names() {
  std::vector<std::string> out;
  for (const CommandHelp& command : kCommands) out.emplace_back(command.name);
  return out;
}

std::string with_equals(std::string_view name) { return std::string(name) + "="; }

}  // namespace

Completions Completer::complete(const State& state, std::string_view before) {
  Completions out{.begin = before.size(), .words = {}};
  while (out.begin > 0 && is_word_byte(before[out.begin - 1])) --out.begin;
  const std::string_view word = before.substr(out.begin);
  for (std::string& name : candidates(state, before.substr(0, out.begin), word))
    if (name.starts_with(word)) out.words.push_back(std::move(name));
  std::ranges::sort(out.words);
  const auto repeated = std::ranges::unique(out.words);
  out.words.erase(repeated.begin(), repeated.end());
  if (out.words.size() > kMost) out.words.resize(kMost);
  return out;
}

std::vector<std::string> Completer::candidates(const State& state, std::string_view before, std::string_view word) {
  const std::string_view line = trim(before);
  if (line.empty()) {
    // A name of the function may be asked about without a command.
    std::vector<std::string> out = command_names();
    if (!word.empty()) std::ranges::move(expression_names(state, word), std::back_inserter(out));
    return out;
  }
  std::vector<std::string> out;
  const CommandHelp* command = command_of(line);
  if (command == nullptr) return expression_names(state, word);
  switch (command->verb) {
    case Verb::set:
      if (line.ends_with('=')) return {};
      for (const WorldParameter& parameter : state.world.parameters) out.push_back(with_equals(parameter.name));
      return out;
    case Verb::arg:
      if (line.ends_with('=')) return {};
      for (const Binding& binding : state.world.input.parameters)
        if (!binding.is_tensor) out.push_back(with_equals(binding.name));
      if (const ast::Function* function = state.target.ast())
        for (const ast::Param& param : function->params) out.push_back(with_equals(param.name));
      return out;
    case Verb::init:
      for (const Binding& binding : state.world.input.init) out.push_back(with_equals(binding.name));
      return out;
    case Verb::size:
      if (line.ends_with('=')) return {};
      for (const auto& [name, symbol] : state.world.symbols)
        if (!session_.dims().is_anonymous(symbol)) out.push_back(with_equals(name));
      return out;
    case Verb::help: return command_names();
    case Verb::fix: return {"apply"};
    case Verb::shape:
    case Verb::value:
    case Verb::why: return expression_names(state, word);
    case Verb::names:
    case Verb::reset:
    case Verb::step:
    case Verb::back:
    case Verb::check:
    case Verb::quit: return {};
  }
  return {};
}

std::vector<std::string> Completer::expression_names(const State& state, std::string_view word) {
  if (known_for_.lock() != state.trace || known_at_ != state.at) {
    names_ = names_of(session_, state);
    known_for_ = state.trace;
    known_at_ = state.at;
  }
  std::vector<std::string> out;
  const std::size_t dot = word.rfind('.');
  if (dot == std::string_view::npos) {
    for (const auto& [name, value] : names_.items) out.push_back(name);
    // What the module defines can be called too.
    const ast::Module& program = *state.target.module->program;
    for (const ast::StmtId id : program.body) {
      const auto& node = program.stmt(id).node;
      if (const auto* import = std::get_if<ast::ImportFrom>(&node)) {
        for (const auto& item : import->names) out.push_back(item.alias.empty() ? item.name : item.alias);
      } else if (const auto* whole = std::get_if<ast::Import>(&node)) {
        for (const auto& item : whole->modules)
          out.push_back(item.alias.empty() ? item.name.substr(0, item.name.find('.')) : item.alias);
      } else if (const auto* function = std::get_if<ast::FunctionDef>(&node)) {
        out.push_back(program.function(function->function).name);
      }
    }
    return out;
  }
  const std::string_view owner = word.substr(0, dot);
  for (const auto& [name, value] : names_.items) {
    if (name != owner) continue;
    std::vector<std::string> members;
    if (const auto* object = value.as<ObjectV>())
      for (const auto& [key, item] : names_.trace->heap.read<ObjectData>(object->cell).attributes)
        members.push_back(key);
    if (value.as<TensorV>() != nullptr) members = {"shape", "dtype", "ndim"};
    for (const std::string& member : members) out.push_back(name + "." + member);
  }
  return out;
}

}  // namespace shapelint::prompt
