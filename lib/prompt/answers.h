// The longer answers: what `value`, `step` and a change of the world show.
#pragma once

#include <string>

#include "lib/prompt/state.h"
#include "lib/report/style.h"

namespace shapelint::prompt {

/// `bce: ()`, with what is worth a remark.
std::string shape_text(const Session& session, const DimTable& dims, const Found& found, const Style& style);
/// The numbers on the batch and on each sample alone.
std::string numbers_text(Session& session, State& state, const Found& found, const Style& style);
/// The statement that the state is at, with the expressions in it.
std::string moment_text(const Session& session, const DimTable& dims, const State& state, const Style& style);
/// `landmark(y_true (B, N) [convention], ...) returns (B,)`.
std::string signature_text(Session& session, State& state, const Style& style);
/// What is not known or assumed about the whole path; empty when nothing is.
std::string path_text(const Session& session, const DimTable& dims, const State& state, const Style& style);

}  // namespace shapelint::prompt
