#include "catalogue/turn_rules.h"

#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

bool Within(uint32_t value, uint32_t min, uint32_t max) {
  return value == 0 || (value >= min && value <= max);  // 0: not said
}

}  // namespace

Status ReadTurns(const YAML::Node& mapping, const std::string& origin, v1::Turns* turns) {
  if (!mapping.IsMap()) {
    return InvalidArgument(YamlPosition(origin, mapping) + ": turns: expected a mapping");
  }
  YamlFields fields(mapping, origin);
  uint64_t from = 0, to = 0, stream_end = 0, prompt_life = 0;
  std::string source;
  fields.Require("source");
  fields.Uint("prompt_from", &from, kPromptFromMin, kPromptToMax);
  fields.Uint("prompt_to", &to, kPromptFromMin, kPromptToMax);
  fields.Duration("stream_end", &stream_end, kStreamEndMin, kStreamEndMax);
  fields.Duration("prompt_life", &prompt_life, kPromptLifeMin, kPromptLifeMax);
  fields.String("source", &source);
  if (const std::string problem = TextProblem(source); !problem.empty()) {
    fields.Fail("source", problem);
  }
  if (from > 0) fields.Require("prompt_to");
  if (to > 0) fields.Require("prompt_from");
  if (from > to) fields.Fail("prompt_to", "is below prompt_from");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  if (from == 0 && stream_end == 0 && prompt_life == 0) {
    return InvalidArgument(YamlPosition(origin, mapping) + ": turns: says nothing");
  }
  turns->set_prompt_from(static_cast<uint32_t>(from));
  turns->set_prompt_to(static_cast<uint32_t>(to));
  turns->set_stream_end(static_cast<uint32_t>(stream_end));
  turns->set_prompt_life(static_cast<uint32_t>(prompt_life));
  turns->set_source(source);
  return Status::Ok();
}

std::string TurnsProblem(const v1::Turns& turns) {
  if (!Within(turns.prompt_from(), kPromptFromMin, kPromptToMax) ||
      !Within(turns.prompt_to(), kPromptFromMin, kPromptToMax) ||
      turns.prompt_from() > turns.prompt_to() ||
      (turns.prompt_from() == 0) != (turns.prompt_to() == 0)) {
    return "has a wrong range of prompts";
  }
  if (!Within(turns.stream_end(), kStreamEndMin, kStreamEndMax)) return "has a wrong stream_end";
  if (!Within(turns.prompt_life(), kPromptLifeMin, kPromptLifeMax))
    return "has a wrong prompt_life";
  if (const std::string problem = TextProblem(turns.source()); !problem.empty()) {
    return "source " + problem;
  }
  return {};
}

}  // namespace gnomon::catalogue
