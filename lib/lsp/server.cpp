#include "lib/lsp/server.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace shapelint::lsp {
namespace {

// Codes of JSON-RPC and of the protocol.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
constexpr int kNotInitialized = -32002;
constexpr int kRequestCancelled = -32800;
constexpr int kContentModified = -32801;
constexpr int kServerCancelled = -32802;

// Kinds of window/logMessage.
constexpr int kLogError = 1;
constexpr int kLogWarning = 2;

// While a text is typed, an analysis that takes longer than people notice waits for a pause as long as itself.
constexpr auto kUnnoticed = std::chrono::milliseconds(15);
constexpr auto kLongestPause = std::chrono::milliseconds(300);
constexpr auto kOthersPause = std::chrono::milliseconds(150);
constexpr std::size_t kMaxText = 4'000'000;  // as `check` has it

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer(); }

Json without_params() { return Json::object(); }

}  // namespace

Server::Server(ServerOptions options, Files& files, std::function<bool(std::string_view)> write)
    : options_(std::move(options)), analyzer_(files, options_.analysis), outbox_(std::move(write)) {
  client_.min_severity = options_.min_severity;
  client_.docs_url = options_.docs_url;
}

// ---- messages ----------------------------------------------------------------------------------------------------

void Server::feed(std::string_view bytes) {
  std::vector<FrameReader::Item> items;
  reader_.feed(bytes, items);
  for (const FrameReader::Item& item : items) {
    if (exit_code_) return;
    if (item.is_problem) {
      fail(nullptr, kParseError, item.text);
      lose_sync();
    } else {
      receive(item.text);
    }
  }
}

void Server::receive(const std::string& text) {
  Json message = Json::parse(text, nullptr, false);
  if (message.is_discarded()) message = Json::parse(mend_unicode(text), nullptr, false);
  if (message.is_discarded()) {
    fail(nullptr, kParseError, "a message is not JSON");
    return lose_sync();
  }
  try {
    dispatch(message);
  } catch (const std::exception& error) {
    // Nothing of ours throws on purpose: memory ran out, or this is a bug. One message is lost, not the session.
    const Json* id = member(message, "id");
    if (id != nullptr && is_id(*id)) fail(*id, kInternalError, fmt::format("internal error: {}", error.what()));
    else log(kLogError, fmt::format("internal error: {}", error.what()));
    lose_sync();
  }
}

// A message was lost, and it may have been an edit: what is shown goes, until each text comes again.
void Server::lose_sync() {
  {
    const std::lock_guard lock(mutex_);
    if (documents_.all().empty()) return;
    documents_.lose_sync();
    ++revision_;
  }
  log(kLogError, "a message could not be read; open files show nothing until they are saved");
  check_others("");
}

void Server::dispatch(const Json& message) {
  const Json* id = member(message, "id");
  const auto method = string_member(message, "method");
  if (!message.is_object() || (id != nullptr && !is_id(*id) && !id->is_null()))
    return fail(nullptr, kInvalidRequest, "no request");
  if (!method) {
    // An answer to one of our own requests needs no more thought.
    const bool is_answer =
        id != nullptr && (member(message, "result") != nullptr || member(message, "error") != nullptr);
    if (!is_answer) fail(id == nullptr ? Json(nullptr) : *id, kInvalidRequest, "a message without a method");
    return;
  }
  const Json* params = member(message, "params");
  if (id != nullptr && !id->is_null()) request(*id, *method, params == nullptr ? without_params() : *params);
  else notification(*method, params == nullptr ? without_params() : *params);
}

void Server::request(const Json& id, const std::string& method, const Json& params) {
  if (method == "initialize") {
    if (is_initialized_) return fail(id, kInvalidRequest, "initialize was sent before");
    is_initialized_ = true;
    return respond(id, initialize(params));
  }
  if (!is_initialized_) return fail(id, kNotInitialized, "initialize comes first");
  if (is_shut_down_) return fail(id, kInvalidRequest, "the server is shut down");
  if (method == "shutdown") {
    is_shut_down_ = true;
    return respond(id, nullptr);
  }
  if (method == "textDocument/hover") return hover(id, params);
  if (method == "textDocument/diagnostic") return pull(id, params);
  fail(id, kMethodNotFound, fmt::format("no method '{}'", method));
}

void Server::notification(const std::string& method, const Json& params) {
  if (method == "exit") {
    exit_code_ = is_shut_down_ ? 0 : 1;
    return;
  }
  if (!is_initialized_ || is_shut_down_) return;
  struct DocumentMethod {
    std::string_view name;
    std::string (Documents::*apply)(const Json&);
  };
  constexpr std::array kDocumentMethods = {DocumentMethod{"textDocument/didOpen", &Documents::open},
                                           DocumentMethod{"textDocument/didChange", &Documents::change},
                                           DocumentMethod{"textDocument/didSave", &Documents::save},
                                           DocumentMethod{"textDocument/didClose", &Documents::close}};
  const auto of_document = std::ranges::find(kDocumentMethods, method, &DocumentMethod::name);
  if (of_document != kDocumentMethods.end()) {
    std::string problem;
    {
      const std::lock_guard lock(mutex_);
      problem = (documents_.*of_document->apply)(params);
      ++revision_;
    }
    did_change_document(document_uri(params).value_or(""), problem, method != "textDocument/didChange");
  } else if (method == "$/cancelRequest") {
    const Json* id = member(params, "id");
    if (id != nullptr && is_id(*id) && take_pending(*id)) fail(*id, kRequestCancelled, "cancelled");
  } else if (method == "initialized") {
    watch_files();
  } else if (method == "workspace/didChangeConfiguration" || method == "workspace/didChangeWatchedFiles") {
    {
      const std::lock_guard lock(mutex_);
      const Json* settings = member(params, "settings");
      const Json* own = settings == nullptr ? nullptr : member(*settings, "shapelint");
      if (own != nullptr) apply_settings(*own);
      else if (settings != nullptr) apply_settings(*settings);
      ++revision_;
    }
    check_others("");
  }
  // Other notifications, `$/` or not, are none of ours.
}

// ---- start -------------------------------------------------------------------------------------------------------

Json Server::initialize(const Json& params) {
  const Json* capabilities = member(params, "capabilities");
  const Json none = Json::object();
  if (capabilities == nullptr) capabilities = &none;
  if (const auto pid = integer_member(params, "processId"); pid && *pid > 0) parent_process_ = *pid;

  const std::lock_guard lock(mutex_);
  // Every client has UTF-16, and some refuse anything else even if they offer it; others are for lists without it.
  std::string encoding = "utf-16";
  const Json* general = member(*capabilities, "general");
  const Json* encodings = general == nullptr ? nullptr : member(*general, "positionEncodings");
  if (encodings != nullptr && encodings->is_array() &&
      std::ranges::find(*encodings, Json("utf-16")) == encodings->end()) {
    for (const Json& offered : *encodings) {
      if (offered != "utf-8" && offered != "utf-32") continue;
      encoding = offered.get<std::string>();
      break;
    }
  }
  client_.encoding = encoding == "utf-8"    ? PositionEncoding::utf8
                     : encoding == "utf-32" ? PositionEncoding::utf32
                                            : PositionEncoding::utf16;
  documents_.set_encoding(client_.encoding);

  if (const Json* document = member(*capabilities, "textDocument")) {
    const Json* formats = member(*document, "hover", "contentFormat");
    client_.has_markdown =
        formats != nullptr && formats->is_array() && std::ranges::find(*formats, Json("markdown")) != formats->end();
    if (const Json* publish = member(*document, "publishDiagnostics"))
      client_.has_related_information = bool_member(*publish, "relatedInformation").value_or(false);
    pulls_ = member(*document, "diagnostic") != nullptr;
    // Who asks for diagnostics need not have the other list of capabilities.
    if (pulls_ && bool_member(*member(*document, "diagnostic"), "relatedInformation").value_or(false))
      client_.has_related_information = true;
  }
  if (const Json* workspace = member(*capabilities, "workspace")) {
    if (const Json* refresh = member(*workspace, "diagnostics", "refreshSupport")) can_refresh_ = *refresh == true;
    if (const Json* dynamic = member(*workspace, "didChangeWatchedFiles", "dynamicRegistration"))
      can_register_watchers_ = *dynamic == true;
  }
  if (const Json* own = member(params, "initializationOptions")) apply_settings(*own);

  Json server = {{"positionEncoding", encoding},
                 {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", true}}}}},
                 {"hoverProvider", shows_hover_}};
  if (pulls_)
    server["diagnosticProvider"] = {
        {"identifier", "shapelint"}, {"interFileDependencies", true}, {"workspaceDiagnostics", false}};
  return {{"capabilities", std::move(server)}, {"serverInfo", {{"name", "shapelint"}, {"version", options_.version}}}};
}

// Settings stand beside those of other servers: what is not ours, or not of the right kind, is passed over.
void Server::apply_settings(const Json& settings) {
  shows_diagnostics_ = bool_member(settings, "diagnostics").value_or(shows_diagnostics_);
  shows_hover_ = bool_member(settings, "hover").value_or(shows_hover_);
  client_.pedantic = bool_member(settings, "pedantic").value_or(client_.pedantic);
  client_.docs_url = string_member(settings, "docsUrl").value_or(client_.docs_url);
  const auto severity = string_member(settings, "minSeverity");
  if (severity == "error") client_.min_severity = Severity::error;
  if (severity == "warning") client_.min_severity = Severity::warning;
  if (severity == "advice") client_.min_severity = Severity::advice;
}

void Server::watch_files() {
  if (!can_register_watchers_) return;
  Json watchers =
      Json::array({{{"globPattern", "**/*.{py,pyi,loss}"}}, {{"globPattern", "**/{pyproject,shapelint}.toml"}}});
  send({{"jsonrpc", "2.0"},
        {"id", fmt::format("shapelint-{}", ++requests_sent_)},
        {"method", "client/registerCapability"},
        {"params",
         {{"registrations", Json::array({{{"id", "shapelint-files"},
                                          {"method", "workspace/didChangeWatchedFiles"},
                                          {"registerOptions", {{"watchers", std::move(watchers)}}}}})}}}});
}

// ---- documents ---------------------------------------------------------------------------------------------------

void Server::did_change_document(const std::string& uri, const std::string& problem, bool at_once) {
  if (!problem.empty()) log(kLogWarning, problem);
  bool is_open = false;
  Clock::duration delay{0};
  {
    const std::lock_guard lock(mutex_);
    is_open = documents_.find(uri) != nullptr;
    const auto cost = cost_.find(uri);
    if (!at_once && cost != cost_.end() && cost->second > kUnnoticed)
      delay = std::min<Clock::duration>(cost->second, kLongestPause);
    if (!is_open) {
      cost_.erase(uri);
      has_imports_.erase(uri);
      // What was shown goes with the document, before anything else is said of it.
      if (!pulls_ && !uri.empty())
        notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", Json::array()}});
    }
  }
  if (!is_open) worker_.unschedule(uri);
  else if (!pulls_) schedule(uri, delay);
  check_others(uri);
}

// Documents that import others are looked at again when one of those may have changed; after a change of the settings,
// all.
void Server::check_others(const std::string& changed_uri) {
  std::vector<std::string> uris;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [uri, document] : documents_.all())
      if (uri != changed_uri && (changed_uri.empty() || has_imports_.contains(uri))) uris.push_back(uri);
  }
  if (!pulls_) {
    for (const std::string& uri : uris) schedule(uri, kOthersPause);
  } else if (can_refresh_ && changed_uri.empty() && !uris.empty()) {
    send({{"jsonrpc", "2.0"},
          {"id", fmt::format("shapelint-{}", ++requests_sent_)},
          {"method", "workspace/diagnostic/refresh"}});
  }
}

void Server::schedule(const std::string& uri, Clock::duration delay) {
  worker_.schedule(uri, Clock::now() + delay, [this, uri] { publish(uri); });
}

// ---- analysis ----------------------------------------------------------------------------------------------------

Server::Snapshot Server::snapshot(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  return {documents_.find(uri), documents_.all(), client_, revision_};
}

bool Server::is_current(const Snapshot& snapshot) const {
  const auto now = documents_.find(snapshot.document->uri);
  return now != nullptr && now->serial == snapshot.document->serial;
}

Json Server::analyse(const Snapshot& snapshot) {
  const OpenDocument& document = *snapshot.document;
  {
    const std::lock_guard lock(mutex_);
    if (!shows_diagnostics_) return Json::array();
  }
  const bool is_known_scheme = !document.path.empty() || document.uri.starts_with("untitled:");
  const std::string& text = document.text->text();
  // Out of step, places would be wrong; nothing is better.
  if (!document.is_synced || !is_known_scheme || text.size() > kMaxText || text.find('\0') != std::string::npos)
    return Json::array();
  const Clock::time_point start = Clock::now();
  Analyzer::Diagnostics found;
  try {
    analyzer_.set_revision(snapshot.revision);
    found = analyzer_.diagnostics(document, snapshot.open, snapshot.client);
  } catch (const std::exception& error) {
    log(kLogError, fmt::format("{}: internal error: {}", document.uri, error.what()));
  }
  std::vector<std::string> problems;
  {
    const std::lock_guard lock(mutex_);
    cost_[document.uri] = Clock::now() - start;
    if (found.has_imports) has_imports_.insert(document.uri);
    else has_imports_.erase(document.uri);
    for (std::string& problem : found.problems)
      if (problems_said_.size() < 1000 && problems_said_.insert(problem).second) problems.push_back(std::move(problem));
  }
  for (const std::string& problem : problems) log(kLogWarning, problem);
  return std::move(found.items);
}

void Server::publish(const std::string& uri) {
  const Snapshot seen = snapshot(uri);
  if (seen.document == nullptr) return;
  Json items = analyse(seen);
  const std::lock_guard lock(mutex_);
  // A newer text is on its way through the queue; what belongs to the old one is never shown.
  if (!is_current(seen)) return;
  notify("textDocument/publishDiagnostics",
         {{"uri", uri}, {"version", seen.document->version}, {"diagnostics", std::move(items)}});
}

bool Server::take_pending(const Json& id) {
  const std::lock_guard lock(mutex_);
  return pending_.erase(id.dump()) > 0;
}

void Server::post(const Json& id, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    pending_.insert(id.dump());
  }
  worker_.post([this, id, work = std::move(work)] {
    {
      const std::lock_guard lock(mutex_);
      if (!pending_.contains(id.dump())) return;  // cancelled, and answered
    }
    try {
      work();
    } catch (const std::exception& error) {
      if (take_pending(id)) fail(id, kInternalError, fmt::format("internal error: {}", error.what()));
    }
  });
}

void Server::hover(const Json& id, const Json& params) {
  const auto uri = document_uri(params);
  const auto at = position_of(member(params, "position"));
  if (!uri || !at) return fail(id, kInvalidParams, "hover needs a document and a position");
  Snapshot seen = snapshot(*uri);
  bool is_shown = false;
  {
    const std::lock_guard lock(mutex_);
    is_shown = shows_hover_;
  }
  if (seen.document == nullptr || !seen.document->is_synced || !is_shown ||
      seen.document->text->text().size() > kMaxText)
    return respond(id, nullptr);
  post(id, [this, id, at, seen = std::move(seen)] {
    analyzer_.set_revision(seen.revision);
    Json result = analyzer_.hover(*seen.document, seen.open, *at, seen.client);
    if (!take_pending(id)) return;
    bool is_now = false;
    {
      const std::lock_guard lock(mutex_);
      is_now = is_current(seen);
    }
    if (is_now) respond(id, std::move(result));
    else fail(id, kContentModified, "the document changed");
  });
}

void Server::pull(const Json& id, const Json& params) {
  const auto uri = document_uri(params);
  if (!uri) return fail(id, kInvalidParams, "a document is missing");
  Snapshot seen = snapshot(*uri);
  if (seen.document == nullptr) return fail(id, kInvalidParams, fmt::format("{} is not open", *uri));
  const std::string previous = string_member(params, "previousResultId").value_or("");
  post(id, [this, id, previous, seen = std::move(seen)] {
    Json items = analyse(seen);
    if (!take_pending(id)) return;
    bool is_now = false;
    {
      const std::lock_guard lock(mutex_);
      is_now = is_current(seen);
    }
    if (!is_now) return fail(id, kServerCancelled, "the document changed", {{"retriggerRequest", true}});
    const std::string result_id =
        fmt::format("{:x}", std::hash<std::string>{}(items.dump(-1, ' ', false, Json::error_handler_t::replace)));
    if (result_id == previous) return respond(id, {{"kind", "unchanged"}, {"resultId", result_id}});
    respond(id, {{"kind", "full"}, {"resultId", result_id}, {"items", std::move(items)}});
  });
}

// ---- out ---------------------------------------------------------------------------------------------------------

void Server::send(const Json& message) {
  outbox_.push(frame(message.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

void Server::respond(const Json& id, Json result) {
  send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void Server::fail(const Json& id, int code, const std::string& message, Json data) {
  Json error = {{"code", code}, {"message", message}};
  if (!data.is_null()) error["data"] = std::move(data);
  send({{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(error)}});
}

void Server::notify(const std::string& method, Json params) {
  send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void Server::log(int type, const std::string& message) {
  notify("window/logMessage", {{"type", type}, {"message", "shapelint: " + message}});
}

}  // namespace shapelint::lsp
