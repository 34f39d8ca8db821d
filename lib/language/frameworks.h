// The framework definitions under rules/frameworks, as texts inside the executable. The build writes the table, so a
// new file there needs no line here. Nothing is parsed or copied before it is asked for.
#pragma once

#include <span>
#include <string_view>

namespace shapelint {

struct EmbeddedModule {
  std::string_view module;  ///< as imported: `keras.losses`; `keras/__init__.loss` is `keras`
  std::string_view path;    ///< from the project's root: `rules/frameworks/keras/losses.loss`
  std::string_view text;
};

/// Every `rules/frameworks/**/*.loss`, sorted by module name, each name once.
std::span<const EmbeddedModule> embedded_modules();

}  // namespace shapelint
