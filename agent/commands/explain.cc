#include "agent/commands/explain.h"

#include <google/protobuf/descriptor.h>

#include <cctype>
#include <string_view>

#include "agent/commands/chinese.h"
#include "base/clock.h"
#include "base/text_table.h"
#include "gnomon/v1/collected.pb.h"

namespace gnomon::agent {
namespace {

constexpr size_t kLabelWidth = 18;
constexpr size_t kValueWidth = 14;

std::string Lower(std::string text) {
  for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "desktop app" from SURFACE_DESKTOP_APP of an enumeration Surface.
std::string EnumeratorWords(const google::protobuf::EnumValueDescriptor& value, Language language) {
  if (language == Language::kChinese) return std::string(ChineseValue(value.name()));
  const std::string& name = value.name();
  const std::string& first = value.type()->value(0)->name();
  // The prefix that all enumerators share: up to the last underscore they have in common.
  size_t common = 0;
  while (common < name.size() && common < first.size() && name[common] == first[common]) ++common;
  const size_t prefix = name.rfind('_', common == 0 ? 0 : common - 1);
  return Lower(prefix == std::string::npos ? name : name.substr(prefix + 1));
}

std::string ValueWords(const v1::UsageRecord& record,
                       const google::protobuf::FieldDescriptor& field, Language language) {
  using Field = google::protobuf::FieldDescriptor;
  const auto* read = record.GetReflection();
  if (field.number() == v1::UsageRecord::kDayFieldNumber) return FormatDay(record.day());
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING: return read->GetString(record, &field);
    case Field::CPPTYPE_ENUM: return EnumeratorWords(*read->GetEnum(record, &field), language);
    case Field::CPPTYPE_BOOL: return In(language, "yes", "是");
    case Field::CPPTYPE_UINT32: return std::to_string(read->GetUInt32(record, &field));
    case Field::CPPTYPE_UINT64: return std::to_string(read->GetUInt64(record, &field));
    case Field::CPPTYPE_INT32: return std::to_string(read->GetInt32(record, &field));
    default: return "?";
  }
}

}  // namespace

std::string ExplainRecord(const v1::UsageRecord& record, Language language) {
  std::string text;
  const auto* descriptor = v1::UsageRecord::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto& field = *descriptor->field(i);
    if (!record.GetReflection()->HasField(record, &field)) continue;
    const v1::Collected& why = field.options().GetExtension(v1::collected);
    const ChineseField* chinese =
        language == Language::kChinese ? ChineseOf(field.name(), why.purpose()) : nullptr;
    const std::string unit(chinese != nullptr ? chinese->unit : std::string_view(why.unit()));
    text += "  " + FitToWidth(chinese != nullptr ? chinese->label : Lower(field.name()), kLabelWidth) +
            "  " + FitToWidth(ValueWords(record, field, language), kValueWidth) + "  ";
    text += chinese != nullptr ? chinese->purpose : why.purpose();
    if (!unit.empty() && field.number() != v1::UsageRecord::kDayFieldNumber) {
      text += chinese != nullptr ? "（" + unit + "）" : " (" + unit + ")";
    }
    if (chinese != nullptr) {
      text += "。保存：" + std::string(ChineseRetention(why.retention())) + "\n";
    } else {
      text += ". Kept: " + why.retention() + "\n";
    }
  }
  return text;
}

}  // namespace gnomon::agent
