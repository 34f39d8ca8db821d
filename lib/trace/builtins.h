// Native functions of the language: Python's builtins, the standard library's modules as far as losses use them, and
// the module `shapelint`. One registry, by name; a name with dots is a member of a module or of a builtin type. Each
// topic has its table in a file of its own.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "lib/trace/run.h"

namespace shapelint {

/// By name; null when there is none.
const Builtin* find_builtin(std::string_view name);
/// Members of the module `shapelint`.
std::optional<Value> shapelint_member(Run& run, std::string_view name);
/// Is `path` a module of Python's standard library?
bool is_standard_module(std::string_view path);
/// A member of a module of the standard library.
std::optional<Value> standard_member(Run& run, std::string_view path, std::string_view name);

// ---- topics
std::span<const Builtin> sequence_builtins();   ///< len, range, zip, sorted, sum, ...
std::span<const Builtin> type_builtins();       ///< isinstance, getattr, type, super, ...
std::span<const Builtin> shapelint_builtins();  ///< the module `shapelint`
std::span<const Builtin> function_builtins();   ///< functools, operator, contextlib, copy, importlib
std::span<const Builtin> container_builtins();  ///< itertools, collections
std::span<const Builtin> number_builtins();     ///< math, random, time
std::span<const Builtin> class_builtins();      ///< dataclasses, enum, typing, abc, exceptions
std::span<const Builtin> system_builtins();     ///< os, sys, warnings, logging

// ---- helpers for the tables
using BuiltinArgs = const CallArguments&;
/// The argument at a position or of a keyword; None when it is not given.
const Value& argument(BuiltinArgs args, std::size_t position, std::string_view keyword = {});
/// True or False; unknown, saying of what, when it is not known.
Value known_truth(Tri t, std::string_view what);
/// A builtin that must exist.
Value builtin(std::string_view name);
/// A builtin whose attributes, calls and elements are all itself: loggers, warnings, annotations.
Value ignored();
bool is_ignored(const Value& value);
Value make_list(Run& run, ValueList items);
/// A Python float of unknown value.
Value unknown_number(Run& run, const Span& span);
/// `f(arguments...)`.
Value call_with(Run& run, const Value& f, ValueList arguments, const Span& span);

}  // namespace shapelint
