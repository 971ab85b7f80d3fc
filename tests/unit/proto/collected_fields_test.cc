// Walks the descriptors of everything a laptop can send: a new field without a purpose, a sensitivity
// and a retention fails here.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "gnomon/v1/collected.pb.h"
#include "gnomon/v1/enrolment.pb.h"
#include "gnomon/v1/health.pb.h"
#include "gnomon/v1/ingest.pb.h"
#include "gnomon/v1/record.pb.h"
#include "gnomon/v1/releases.pb.h"

namespace gnomon {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// All messages reachable from `root` through its fields.
void Collect(const Descriptor* root, std::set<const Descriptor*>* found) {
  if (!found->insert(root).second) return;
  for (int i = 0; i < root->field_count(); ++i) {
    if (const Descriptor* child = root->field(i)->message_type()) Collect(child, found);
  }
}

// What an agent puts on the wire: the request side of each call that takes a device.
std::set<const Descriptor*> SentByLaptops() {
  std::set<const Descriptor*> found;
  Collect(v1::Batch::descriptor(), &found);
  Collect(v1::Account::descriptor(), &found);    // metadata of the stream
  Collect(v1::RecordSet::descriptor(), &found);  // inside Batch.payload
  Collect(v1::EnrolRequest::descriptor(), &found);
  Collect(v1::RenewRequest::descriptor(), &found);
  Collect(v1::HealthReport::descriptor(), &found);
  Collect(v1::FetchReleasesRequest::descriptor(), &found);
  return found;
}

TEST(CollectedFields, EveryFieldThatALaptopSendsHasPurposeSensitivityAndRetention) {
  for (const Descriptor* message : SentByLaptops()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      ASSERT_TRUE(field->options().HasExtension(v1::collected)) << field->full_name();
      const v1::Collected& why = field->options().GetExtension(v1::collected);
      EXPECT_GT(why.purpose().size(), 10u) << field->full_name() << " has no purpose";
      EXPECT_NE(why.sensitivity(), v1::SENSITIVITY_UNSPECIFIED) << field->full_name();
      EXPECT_FALSE(why.retention().empty()) << field->full_name() << " has no retention";
    }
  }
}

TEST(CollectedFields, NumbersOfTheUsageRecordNameTheirUnit) {
  const Descriptor* record = v1::UsageRecord::descriptor();
  for (int i = 0; i < record->field_count(); ++i) {
    const FieldDescriptor* field = record->field(i);
    const auto type = field->cpp_type();
    if (type != FieldDescriptor::CPPTYPE_UINT32 && type != FieldDescriptor::CPPTYPE_UINT64 &&
        type != FieldDescriptor::CPPTYPE_INT32) {
      continue;
    }
    EXPECT_FALSE(field->options().GetExtension(v1::collected).unit().empty()) << field->full_name();
  }
}

// "active_minutes" has the words "active" and "minutes".
bool HasWord(const std::string& name, const std::string& word) {
  return ("_" + name + "_").find("_" + word + "_") != std::string::npos;
}

// The record is closed: strings are the two ids, all else is a number, a flag or an enumeration. A
// field that could hold free text, bytes or a finer time would have to be argued for here.
TEST(CollectedFields, TheUsageRecordHasNoFieldForFreeTextOrFineTime) {
  const std::set<std::string> ids = {"department", "service"};
  const Descriptor* record = v1::UsageRecord::descriptor();
  for (int i = 0; i < record->field_count(); ++i) {
    const FieldDescriptor* field = record->field(i);
    EXPECT_NE(field->type(), FieldDescriptor::TYPE_BYTES) << field->full_name();
    EXPECT_NE(field->type(), FieldDescriptor::TYPE_MESSAGE) << field->full_name();
    EXPECT_FALSE(field->is_repeated()) << field->full_name();
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      EXPECT_TRUE(ids.contains(field->name())) << field->full_name();
    }
    for (const char* word : {"time", "hour", "second", "host", "address", "user", "device",
                             "process", "url", "name"}) {
      EXPECT_FALSE(HasWord(field->name(), word)) << field->full_name();
    }
  }
  EXPECT_EQ(record->field_count(), 19);
}

TEST(CollectedFields, SecretsAndIdentitiesAreNeverPartOfABatch) {
  std::set<const Descriptor*> messages;
  Collect(v1::Batch::descriptor(), &messages);
  Collect(v1::RecordSet::descriptor(), &messages);
  for (const Descriptor* message : messages) {
    for (int i = 0; i < message->field_count(); ++i) {
      const v1::Collected& why = message->field(i)->options().GetExtension(v1::collected);
      EXPECT_NE(why.sensitivity(), v1::SENSITIVITY_IDENTITY) << message->field(i)->full_name();
      EXPECT_NE(why.sensitivity(), v1::SENSITIVITY_SECRET) << message->field(i)->full_name();
    }
  }
}

}  // namespace
}  // namespace gnomon
