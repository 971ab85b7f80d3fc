#include "catalogue/local_rules.h"

#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

constexpr size_t kMaxEntries = 32;  // of one list of one service

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// {path: /api/chat, request: [model, messages], answer: [done]}
Status ReadExchange(const YAML::Node& node, const std::string& origin, bool prompt,
                    v1::LocalExchange* out) {
  YamlFields fields(node, origin);
  std::vector<std::string> request, answer;
  fields.Require("path");
  fields.Require("answer");
  if (prompt) fields.Require("request");
  fields.String("path", out->mutable_path());
  if (prompt) fields.Strings("request", &request);
  fields.Strings("answer", &answer);
  if (std::string p = LocalPathProblem(out->path()); !p.empty()) fields.Fail("path", p);
  const auto take = [&](const char* name, const std::vector<std::string>& keys, Strings* to) {
    if (keys.empty() || keys.size() > kMaxEntries) fields.Fail(name, "expected 1 to 32 keys");
    for (const std::string& key : keys) {
      if (std::string p = LocalKeyProblem(key); !p.empty()) fields.Fail(name, "key " + p);
      *to->Add() = key;
    }
  };
  if (prompt) take("request", request, out->mutable_request());
  take("answer", answer, out->mutable_answer());
  return fields.Finish();
}

// {field: server, value: llama.cpp} or {key: timings}
Status ReadMark(const YAML::Node& node, const std::string& origin, v1::LocalMark* out) {
  YamlFields fields(node, origin);
  fields.String("field", out->mutable_field());
  fields.String("key", out->mutable_key());
  fields.String("value", out->mutable_value());
  const bool field = !out->field().empty();
  if (field != out->key().empty()) {
    fields.Fail(field ? "field" : "key", "a mark has either field or key");
  } else if (std::string p = field ? LocalFieldProblem(out->field()) : LocalKeyProblem(out->key());
             !p.empty()) {
    fields.Fail(field ? "field" : "key", p);
  }
  if (!out->value().empty()) {
    if (std::string p = LocalValueProblem(out->value(), field); !p.empty()) {
      fields.Fail("value", p);
    }
  }
  return fields.Finish();
}

// Hands each node of the list at `key` to `read`.
template <typename Read>
Status ReadList(YamlFields& fields, const std::string& key, const Read& read) {
  const YAML::Node list = fields.Child(key);
  if (!list.IsDefined()) return Status::Ok();
  if (!list.IsSequence() || list.size() == 0 || list.size() > kMaxEntries) {
    fields.Fail(key, "expected a list of 1 to 32");
    return Status::Ok();
  }
  for (const YAML::Node& node : list) GNOMON_RETURN_IF_ERROR(read(node));
  return Status::Ok();
}

}  // namespace

Status ReadLocalModel(const YAML::Node& node, const std::string& origin, v1::LocalModel* out) {
  YamlFields fields(node, origin);
  bool generic = false;
  fields.Bool("generic", &generic);
  out->set_generic(generic);
  GNOMON_RETURN_IF_ERROR(ReadList(fields, "prompts", [&](const YAML::Node& entry) {
    return ReadExchange(entry, origin, true, out->add_prompts());
  }));
  GNOMON_RETURN_IF_ERROR(ReadList(fields, "lists", [&](const YAML::Node& entry) {
    return ReadExchange(entry, origin, false, out->add_lists());
  }));
  GNOMON_RETURN_IF_ERROR(ReadList(fields, "marks", [&](const YAML::Node& entry) {
    return ReadMark(entry, origin, out->add_marks());
  }));
  GNOMON_RETURN_IF_ERROR(ReadList(fields, "no_turn", [&](const YAML::Node& entry) {
    return ReadMark(entry, origin, out->add_no_turn());
  }));
  return fields.Finish();
}

}  // namespace gnomon::catalogue
