#include "catalogue/local_signatures.h"

#include <algorithm>
#include <map>

#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

Status Wrong(const v1::Service& service, const std::string& what) {
  const std::string id = IdProblem(service.id()).empty() ? service.id() : "?";
  return InvalidArgument("catalogue: service " + id + ": local: " + what);
}

std::string MarkProblem(const v1::LocalMark& mark) {
  if (mark.field().empty() == mark.key().empty()) return "a mark has either field or key";
  if (std::string p =
          mark.key().empty() ? LocalFieldProblem(mark.field()) : LocalKeyProblem(mark.key());
      !p.empty()) {
    return (mark.key().empty() ? "field " : "key ") + p;
  }
  if (mark.value().empty()) return {};
  if (std::string p = LocalValueProblem(mark.value(), !mark.field().empty()); !p.empty()) {
    return "value " + p;
  }
  return {};
}

// Turns one service's texts into bits; the first problem ends it.
class Builder {
 public:
  Builder(LocalWords& paths, LocalWords& keys, LocalWords& fields)
      : paths_(paths), keys_(keys), fields_(fields) {}

  Status Keys(const google::protobuf::RepeatedPtrField<std::string>& keys,
              const v1::Service& service, uint64_t* bits) {
    for (const std::string& key : keys) {
      if (std::string p = LocalKeyProblem(key); !p.empty()) return Wrong(service, "key " + p);
      GNOMON_RETURN_IF_ERROR(Bit(keys_, key, service, "keys", bits));
    }
    return Status::Ok();
  }

  Status Mark(const v1::LocalMark& mark, const v1::Service& service, LocalMark* out) {
    if (std::string p = MarkProblem(mark); !p.empty()) return Wrong(service, p);
    if (!mark.field().empty()) {
      return Bit(fields_, mark.field() + ": " + mark.value(), service, "fields", &out->field);
    }
    const std::string word = mark.value().empty() ? mark.key() : mark.key() + ":" + mark.value();
    return Bit(keys_, word, service, "keys", &out->key);
  }

  Status Path(const std::string& path, const v1::Service& service, uint64_t* bit) {
    if (std::string p = LocalPathProblem(path); !p.empty()) return Wrong(service, "path " + p);
    const auto [owner, fresh] = owners_.emplace(path, service.id());
    if (!fresh && owner->second != service.id()) {
      return Wrong(service, path + " is also listed under " + owner->second);
    }
    return Bit(paths_, path, service, "paths", bit);
  }

 private:
  Status Bit(LocalWords& words, const std::string& word, const v1::Service& service,
             const char* what, uint64_t* bits) {
    const uint64_t bit = words.Add(word);
    if (bit == 0) return Wrong(service, std::string("more than 64 ") + what + " over all services");
    *bits |= bit;
    return Status::Ok();
  }

  LocalWords& paths_;
  LocalWords& keys_;
  LocalWords& fields_;
  std::map<std::string, std::string> owners_;
};

}  // namespace

uint64_t LocalWords::Add(const std::string& word) {
  const auto found = std::find(words_.begin(), words_.end(), word);
  const size_t at = static_cast<size_t>(found - words_.begin());
  if (found == words_.end()) {
    if (words_.size() >= kMax) return 0;
    words_.push_back(word);
    views_.assign(words_.begin(), words_.end());
  }
  return uint64_t{1} << at;
}

Result<LocalSignatures> LocalSignatures::Build(std::span<const v1::Service> services) {
  LocalSignatures made;
  Builder builder(made.paths_, made.keys_, made.fields_);
  for (size_t i = 0; i < services.size(); ++i) {
    const v1::Service& service = services[i];
    if (!service.has_local()) continue;
    if (service.surface() != v1::SURFACE_LOCAL_MODEL) {
      return Wrong(service, "only for the surface local_model");
    }
    const v1::LocalModel& local = service.local();
    const auto index = static_cast<uint16_t>(i);
    if (local.prompts().empty() && local.marks().empty()) {
      return Wrong(service, "has neither prompts nor marks");
    }
    uint64_t no_turn = 0;
    for (const v1::LocalMark& mark : local.no_turn()) {
      LocalMark read{.service = index};
      if (mark.key().empty()) return Wrong(service, "no_turn needs keys");
      GNOMON_RETURN_IF_ERROR(builder.Mark(mark, service, &read));
      no_turn |= read.key;
    }
    for (const v1::LocalMark& mark : local.marks()) {
      LocalMark read{.service = index};
      GNOMON_RETURN_IF_ERROR(builder.Mark(mark, service, &read));
      made.marks_.push_back(read);
    }
    for (const auto* exchanges : {&local.prompts(), &local.lists()}) {
      const bool turn = exchanges == &local.prompts();
      for (const v1::LocalExchange& exchange : *exchanges) {
        LocalRule rule{
            .service = index, .turn = turn, .generic = local.generic(), .no_turn = no_turn};
        GNOMON_RETURN_IF_ERROR(builder.Path(exchange.path(), service, &rule.path));
        GNOMON_RETURN_IF_ERROR(builder.Keys(exchange.request(), service, &rule.request));
        GNOMON_RETURN_IF_ERROR(builder.Keys(exchange.answer(), service, &rule.answer));
        // A path alone is no evidence: any web server may have one of this name.
        if (rule.answer == 0 || (turn && rule.request == 0)) {
          return Wrong(service, exchange.path() + " needs keys of the " +
                                    (rule.answer == 0 ? "answer" : "request"));
        }
        made.rules_.push_back(rule);
      }
    }
  }
  return made;
}

}  // namespace gnomon::catalogue
