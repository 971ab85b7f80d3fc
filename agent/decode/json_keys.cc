#include "agent/decode/json_keys.h"

namespace gnomon::decode {

void JsonKeys::Feed(Bytes bytes, Keywords words) {
  for (const uint8_t byte : bytes) {
    if (done_) return;
    const auto c = static_cast<char>(byte);
    if (in_string_) {
      InString(c, words);
    } else {
      Outside(c, words);
    }
  }
}

void JsonKeys::InString(char c, Keywords words) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
    cursor_.Spoil();
  } else if (c == '"') {
    EndString(words);
  } else if (reading_ != Reading::kNothing) {
    cursor_.Feed(words, c);
    // Of a value the beginning decides.
    if (reading_ == Reading::kValue) seen_ |= cursor_.Whole(words);
  }
}

void JsonKeys::EndString(Keywords words) {
  in_string_ = false;
  if (reading_ == Reading::kKey) seen_ |= cursor_.Whole(words);
  reading_ = Reading::kNothing;
}

void JsonKeys::Outside(char c, Keywords words) {
  switch (c) {
    case '{':
    case '[':
      if (depth_ == 0) {
        object_ = c == '{';
        key_next_ = object_;
      }
      if (++depth_ > kMaxDepth) done_ = true;
      value_next_ = false;
      return;
    case '}':
    case ']':
      if (depth_ == 0) return;
      if (--depth_ == 0) {
        // An array is skipped: the object may come behind it.
        done_ = object_;
        object_ = false;
      }
      return;
    default:
      break;
  }
  if (depth_ == 0) return;
  if (c == '"') {
    in_string_ = true;
    escaped_ = false;
    if (depth_ > 1 || !object_) return;
    if (key_next_) {
      reading_ = Reading::kKey;
      cursor_.Start(words);
    } else if (value_next_) {
      reading_ = Reading::kValue;
    }
    key_next_ = value_next_ = false;
  } else if (depth_ == 1 && c == ':') {
    cursor_.Feed(words, c);
    value_next_ = true;
  } else if (depth_ == 1 && c == ',') {
    key_next_ = object_;
    value_next_ = false;
  }
}

}  // namespace gnomon::decode
