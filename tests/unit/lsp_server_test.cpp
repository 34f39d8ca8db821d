// The server as a client sees it: real messages in, real messages out, with texts in memory.
#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/lsp/server.h"
#include "rules/rules.h"

using namespace shapelint;
using lsp::Json;

namespace {

// A folder `/p` of files in memory.
class MemoryFiles : public lsp::Files {
 public:
  std::map<std::string, std::string> files;
  lsp::ModuleSpot spot_of(const std::string& path) override {
    const std::size_t slash = path.rfind('/');
    return {.name = path.substr(slash + 1, path.rfind('.') - slash - 1),
            .is_package = false,
            .roots = {path.substr(0, slash)}};
  }
  std::unique_ptr<SourceProvider> provider(std::vector<std::string> roots) override {
    struct Provider : SourceProvider {
      const MemoryFiles* owner = nullptr;
      std::vector<std::string> roots;
      std::optional<ModuleText> find(std::string_view module) override {
        for (const std::string& root : roots) {
          const std::string path = root + "/" + std::string(module) + ".py";
          if (const auto it = owner->files.find(path); it != owner->files.end())
            return ModuleText{.file = path, .text = it->second};
        }
        return std::nullopt;
      }
    };
    auto made = std::make_unique<Provider>();
    made->owner = this;
    made->roots = std::move(roots);
    return made;
  }
  std::string absolute(const std::string& shown) override { return shown; }
};

class Client {
 public:
  explicit Client(Json capabilities = Json::object(), Json options = Json::object())
      : server_(make_options(), files, [this](std::string_view bytes) { return receive(bytes); }) {
    const Json answer = call("initialize", {{"processId", nullptr},
                                            {"rootUri", nullptr},
                                            {"capabilities", std::move(capabilities)},
                                            {"initializationOptions", std::move(options)}});
    server_capabilities = answer["result"]["capabilities"];
    notify("initialized", Json::object());
  }

  void raw(const std::string& bytes) { server_.feed(bytes); }
  void notify(const std::string& method, Json params) {
    raw(lsp::frame(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}.dump()));
  }
  int send(const std::string& method, Json params) {
    const int id = ++last_id_;
    raw(lsp::frame(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}.dump()));
    return id;
  }
  Json answer(int id) {
    return wait([&](const Json& m) { return m.contains("id") && m["id"] == id && !m.contains("method"); });
  }
  Json call(const std::string& method, Json params) { return answer(send(method, std::move(params))); }
  void open(const std::string& uri, const std::string& text, int version = 1) {
    notify("textDocument/didOpen",
           {{"textDocument", {{"uri", uri}, {"languageId", "python"}, {"version", version}, {"text", text}}}});
  }
  void change(const std::string& uri, int version, Json changes) {
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", uri}, {"version", version}}}, {"contentChanges", std::move(changes)}});
  }
  /// The diagnostics that are published for a version of a document.
  Json published(const std::string& uri, int version) {
    return wait([&](const Json& m) {
      return m.value("method", "") == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri &&
             m["params"].value("version", -1) == version;
    })["params"]["diagnostics"];
  }
  Json hover(const std::string& uri, int line, int character) {
    return call("textDocument/hover",
                {{"textDocument", {{"uri", uri}}}, {"position", {{"line", line}, {"character", character}}}});
  }
  /// The next message that fits, kept or to come. Takes it and what came before it.
  Json wait(const std::function<bool(const Json&)>& fits) {
    std::unique_lock lock(mutex_);
    Json found;
    const auto look = [&] {
      for (std::size_t i = 0; i < inbox_.size(); ++i) {
        if (!fits(inbox_[i])) continue;
        found = inbox_[i];
        inbox_.erase(inbox_.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
      return false;
    };
    const bool came = changed_.wait_for(lock, std::chrono::seconds(60), look);
    REQUIRE_MESSAGE(came, "no such message came");
    return found;
  }
  std::vector<Json> all() {
    const std::lock_guard lock(mutex_);
    return inbox_;
  }
  lsp::Server& server() { return server_; }

  MemoryFiles files;
  Json server_capabilities;

 private:
  static lsp::ServerOptions make_options() {
    lsp::ServerOptions options;
    options.analysis.rules = all_rules();
    for (const Rule* rule : all_rules()) options.analysis.enabled.emplace(rule->id);
    options.version = "test";
    options.docs_url = "https://example.org";
    return options;
  }
  bool receive(std::string_view bytes) {
    std::vector<lsp::FrameReader::Item> items;
    const std::lock_guard lock(mutex_);
    reader_.feed(bytes, items);
    for (const auto& item : items) inbox_.push_back(Json::parse(item.text));
    changed_.notify_all();
    return true;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Json> inbox_;
  lsp::FrameReader reader_;
  int last_id_ = 0;
  lsp::Server server_;
};

const Json kRelated = {{"textDocument",
                        {{"publishDiagnostics", {{"relatedInformation", true}}},
                         {"hover", {{"contentFormat", {"markdown", "plaintext"}}}}}}};

// Line 4 (from 0) slices the only other axis away. The emoji shifts columns between bytes, code points and UTF-16
// units.
const std::string kBad =
    "from keras.losses import binary_crossentropy\n"
    "\n"
    "def landmark(y_true, y_pred):\n"
    "    \"\"\"y_true, y_pred: (B, 5)\"\"\"\n"
    "    note = '\xF0\x9F\x98\x80'; bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])\n"
    "    return bce + y_true[:, 1]\n";
const std::string kUri = "file:///p/a%20b.py";

Json edit(int l0, int c0, int l1, int c1, const std::string& text) {
  return {{"range", {{"start", {{"line", l0}, {"character", c0}}}, {"end", {{"line", l1}, {"character", c1}}}}},
          {"text", text}};
}

}  // namespace

TEST_CASE("a bug is shown at its UTF-16 place, and goes when the text is mended") {
  Client client(kRelated);
  CHECK(client.server_capabilities["positionEncoding"] == "utf-16");
  client.open(kUri, kBad, 7);
  const Json shown = client.published(kUri, 7);
  REQUIRE(shown.size() == 1);
  const Json& d = shown[0];
  CHECK(d["code"] == "batch-collapse");
  CHECK(d["source"] == "shapelint");
  CHECK(d["codeDescription"]["href"].get<std::string>().starts_with("https://example.org/"));
  CHECK(d["range"]["start"] ==
        Json{{"line", 4}, {"character", 23}});  // 4 + len("note = '??'; bce = "), the emoji as two
  CHECK(d["range"]["end"] == Json{{"line", 4}, {"character", 70}});
  CHECK((d["severity"] == 1 || d["severity"] == 2));
  // The reducing line inside Keras' definition is named, and the place is one that the editor can open.
  REQUIRE(d.contains("relatedInformation"));
  CHECK(d["relatedInformation"][0]["location"]["uri"] == kUri);
  CHECK(d["relatedInformation"][0]["message"].get<std::string>().find("rules/frameworks/") != std::string::npos);

  // `0]` becomes `:1]`, the second place first, in one notification.
  client.change(kUri, 8, Json::array({edit(4, 67, 4, 68, ":1"), edit(4, 53, 4, 54, ":1")}));
  CHECK(client.published(kUri, 8).empty());
  client.change(kUri, 9, Json::array({{{"text", kBad}}}));
  CHECK(client.published(kUri, 9).size() == 1);
  client.notify("textDocument/didClose", {{"textDocument", {{"uri", kUri}}}});
  const Json closed =
      client.wait([](const Json& m) { return m.value("method", "") == "textDocument/publishDiagnostics"; });
  CHECK(closed["params"]["diagnostics"].empty());
}

TEST_CASE("hover shows the smallest expression's shape and where its dims come from") {
  Client client(kRelated);
  client.open(kUri, kBad);
  const Json hover = client.hover(kUri, 4, 45)["result"];  // in `y_true` of `y_true[:, 0]`
  REQUIRE(hover.is_object());
  CHECK(hover["contents"]["kind"] == "markdown");
  const std::string text = hover["contents"]["value"];
  CAPTURE(text);
  CHECK(text.find("y_true: (B, 5)") != std::string::npos);
  CHECK(text.find("`B`: the batch, axis 0 of `y_true`") != std::string::npos);
  CHECK(hover["range"]["start"] == Json{{"line", 4}, {"character", 43}});
  const std::string call = client.hover(kUri, 4, 30)["result"]["contents"]["value"];  // in `binary_crossentropy`
  CAPTURE(call);
  CHECK(call.find(": () float32") != std::string::npos);
  CHECK(call.find("the batch axis ends here") != std::string::npos);
  CHECK(client.hover(kUri, 0, 0)["result"].is_null());
  CHECK(client.hover(kUri, 400, 4000)["result"].is_null());

  Client plain;
  plain.open(kUri, kBad);
  const Json assigned = plain.hover(kUri, 4, 18)["result"];  // the name `bce` that is assigned
  CHECK(assigned["contents"]["kind"] == "plaintext");
  CHECK(assigned["contents"]["value"].get<std::string>().starts_with("bce: () float32"));
  CHECK(assigned["contents"]["value"].get<std::string>().find('`') == std::string::npos);
}

TEST_CASE("an edit that cannot be puts the document out of step until its full text comes") {
  Client client;
  client.open(kUri, kBad, 1);
  CHECK(client.published(kUri, 1).size() == 1);
  client.change(kUri, 2, Json::array({edit(4, 13, 4, 14, "x")}));  // cuts the emoji
  CHECK(client.published(kUri, 2).empty());
  CHECK(client.wait([](const Json& m) { return m.value("method", "") == "window/logMessage"; })["params"]["type"] == 2);
  CHECK(client.hover(kUri, 4, 45)["result"].is_null());
  client.change(kUri, 3, Json::array({edit(0, 0, 0, 0, "#")}));
  CHECK(client.published(kUri, 3).empty());
  client.notify("textDocument/didSave", {{"textDocument", {{"uri", kUri}}}, {"text", kBad}});
  CHECK(client.published(kUri, 3).size() == 1);
  for (const Json& bad : {Json(1), Json{{"text", 5}}, Json{{"range", "x"}, {"text", ""}}, edit(-1, 0, 0, 0, ""),
                          edit(2, 0, 1, 0, ""), Json(nullptr)}) {
    client.change(kUri, 4, Json::array({bad}));
    CHECK(client.published(kUri, 4).empty());
    client.change(kUri, 5, Json::array({{{"text", kBad}}}));
    CHECK(client.published(kUri, 5).size() == 1);
  }
}

TEST_CASE("imports come from open documents first, then from files") {
  Client client;
  const std::string helper =
      "from keras.losses import binary_crossentropy\ndef first(a, b):\n    return binary_crossentropy(a[:, 0], b[:, "
      "0])\n";
  const std::string mended =
      "from keras.losses import binary_crossentropy\ndef first(a, b):\n    return binary_crossentropy(a[:, :1], b[:, "
      ":1])\n";
  client.files.files["/p/helper.py"] = helper;
  const std::string user =
      "from helper import first\n\ndef my_loss(y_true, y_pred):\n    # y_true, y_pred: (B, 5)\n    return "
      "first(y_true, y_pred) + y_true[:, 1]\n";
  client.open("file:///p/user.py", user, 1);
  const Json shown = client.published("file:///p/user.py", 1);
  REQUIRE(shown.size() == 1);
  CHECK(shown[0]["message"].get<std::string>().starts_with("in helper.py:3: "));
  CHECK(shown[0]["range"]["start"]["line"] == 4);
  // The helper is opened with another text than on disk: the document that uses it is looked at again.
  client.open("file:///p/helper.py", mended, 1);
  CHECK(client.published("file:///p/user.py", 1).empty());
  client.change("file:///p/helper.py", 2, Json::array({{{"text", helper}}}));
  CHECK(client.published("file:///p/user.py", 1).size() == 1);
}

TEST_CASE("only the newest version's diagnostics come after a burst of edits") {
  Client client;
  client.open(kUri, kBad, 1);
  for (int version = 2; version <= 60; ++version) client.change(kUri, version, Json::array({edit(1, 0, 1, 0, "#")}));
  CHECK(client.published(kUri, 60).size() == 1);
  int before = 0;
  for (const Json& m : client.all()) {
    if (m.value("method", "") != "textDocument/publishDiagnostics") continue;
    CHECK(m["params"]["version"].get<int>() > before);
    before = m["params"]["version"];
  }
  CHECK(before < 60);
}

TEST_CASE("diagnostics on request, when the client asks for them") {
  Json capabilities = kRelated;
  capabilities["textDocument"]["diagnostic"] = Json::object();
  Client client(capabilities);
  REQUIRE(client.server_capabilities.contains("diagnosticProvider"));
  client.open(kUri, kBad);
  const Json params = {{"textDocument", {{"uri", kUri}}}};
  const Json first = client.call("textDocument/diagnostic", params)["result"];
  CHECK(first["kind"] == "full");
  CHECK(first["items"].size() == 1);
  Json again = params;
  again["previousResultId"] = first["resultId"];
  CHECK(client.call("textDocument/diagnostic", again)["result"]["kind"] == "unchanged");
  for (const Json& m : client.all()) CHECK(m.value("method", "") != "textDocument/publishDiagnostics");
}

TEST_CASE("the encoding is UTF-16 unless the client's list omits it") {
  const auto chosen = [](Json list) {
    return Client(Json{{"general", {{"positionEncodings", std::move(list)}}}}).server_capabilities["positionEncoding"];
  };
  CHECK(chosen({"utf-8", "utf-16"}) == "utf-16");
  CHECK(chosen({"utf-8"}) == "utf-8");
  CHECK(chosen({"utf-32", "utf-8"}) == "utf-32");
  CHECK(chosen(Json::array()) == "utf-16");
  CHECK(chosen(7) == "utf-16");
}

TEST_CASE("requests out of place, unknown, malformed or cancelled are answered, and the session goes on") {
  MemoryFiles files;
  std::mutex mutex;
  std::string written;
  lsp::Server early({}, files, [&](std::string_view bytes) {
    const std::lock_guard lock(mutex);
    written += bytes;
    return true;
  });
  early.feed(lsp::frame(R"({"jsonrpc":"2.0","id":1,"method":"textDocument/hover"})"));
  early.flush(std::chrono::seconds(10));
  {
    const std::lock_guard lock(mutex);
    CHECK(written.find("-32002") != std::string::npos);
  }
  early.end_of_input();
  CHECK(early.exit_code() == 1);

  Client client;
  CHECK(client.call("no/such", Json::object())["error"]["code"] == -32601);
  CHECK(client.call("textDocument/hover", {{"textDocument", 3}})["error"]["code"] == -32602);
  CHECK(client.call("initialize", Json::object())["error"]["code"] == -32600);
  const auto error_for = [&](const std::string& body) {
    client.raw(lsp::frame(body));
    return client.wait([](const Json& m) { return m.contains("error"); })["error"]["code"];
  };
  CHECK(error_for("{nonsense") == -32700);
  CHECK(error_for("") == -32700);
  CHECK(error_for("[]") == -32600);
  CHECK(error_for("3") == -32600);
  CHECK(error_for(R"({"id":{"a":1},"method":"x"})") == -32600);
  CHECK(error_for(std::string(200'000, '[')) == -32700);
  CHECK(error_for(std::string(200'000, '[') + std::string(200'000, ']')) == -32600);
  for (const char* method : {"textDocument/didOpen", "textDocument/didChange", "textDocument/didSave",
                             "textDocument/didClose", "$/cancelRequest", "$/setTrace",
                             "workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "initialized"})
    for (const Json& params : {Json(nullptr), Json(1), Json::array({1}), Json{{"textDocument", {{"uri", 4}}}},
                               Json{{"settings", 1}}, Json{{"id", {1}}}})
      client.notify(method, params);
  client.open(kUri, kBad);
  CHECK(client.published(kUri, 1).size() == 1);
  // The cancelled one is answered once, either way; what comes after it is answered too.
  const int id = client.send("textDocument/hover",
                             {{"textDocument", {{"uri", kUri}}}, {"position", {{"line", 4}, {"character", 45}}}});
  client.notify("$/cancelRequest", {{"id", id}});
  const Json answer = client.answer(id);
  CHECK((answer.contains("result") || answer["error"]["code"] == -32800));
  CHECK(client.hover(kUri, 4, 45)["result"].is_object());
  CHECK(client.call("shutdown", Json::object())["result"].is_null());
  CHECK(client.call("textDocument/hover", Json::object())["error"]["code"] == -32600);
  CHECK_FALSE(client.server().exit_code().has_value());
  client.notify("exit", Json::object());
  CHECK(client.server().exit_code() == 0);
}

TEST_CASE("parts can be switched off, at the start and later") {
  Client client(Json::object(), {{"hover", false}, {"minSeverity", "error"}});
  CHECK(client.server_capabilities["hoverProvider"] == false);
  client.open(kUri, kBad);
  client.published(kUri, 1);
  CHECK(client.hover(kUri, 4, 45)["result"].is_null());
  client.notify("workspace/didChangeConfiguration", {{"settings", {{"shapelint", {{"diagnostics", false}}}}}});
  CHECK(client.published(kUri, 1).empty());
}

TEST_CASE("a lone surrogate or a byte that is no UTF-8 costs no message") {
  Client client;
  client.raw(lsp::frame(
      R"({"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///p/s.py","version":1,"text":"a = '\ud83d'\n"}}})"));
  CHECK(client.published("file:///p/s.py", 1).empty());
  client.change("file:///p/s.py", 2, Json::array({edit(0, 6, 1, 0, "'\n" + kBad)}));
  CHECK(client.published("file:///p/s.py", 2).size() == 1);
}

TEST_CASE("URIs and paths") {
  CHECK(lsp::path_of_uri("file:///a%20b/c%C3%A9.py") == "/a b/c\xC3\xA9.py");
  CHECK(lsp::path_of_uri("file://host/x.py") == "/x.py");
  CHECK(lsp::path_of_uri("untitled:Untitled-1").empty());
  CHECK(lsp::path_of_uri("file:///a%0").size() == 4);
  CHECK(lsp::path_of_uri("file:///a%00b").empty());
  CHECK(lsp::uri_of_path("/a b/#?.py") == "file:///a%20b/%23%3F.py");
}
