#include "agent/decode/quic_initial_opener.h"

#include <openssl/evp.h>

namespace gnomon::decode {
namespace {

constexpr size_t kTag = 16;      // RFC 9001 section 5.3
constexpr size_t kSample = 16;   // section 5.4.2
constexpr size_t kSampleAt = 4;  // behind the packet number's first byte, however long it is
constexpr size_t kMaxPacket = 65535;

// Null where OpenSSL does not have it.
EVP_CIPHER_CTX* NewContext(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (cipher == nullptr || context == nullptr ||
      EVP_CipherInit_ex2(context, cipher, nullptr, nullptr, -1, nullptr) != 1) {
    EVP_CIPHER_CTX_free(context);
    context = nullptr;
  }
  EVP_CIPHER_free(cipher);  // the context holds it
  return context;
}

}  // namespace

void QuicInitialOpener::Free::operator()(EVP_CIPHER_CTX* context) const {
  EVP_CIPHER_CTX_free(context);
}

QuicInitialOpener::QuicInitialOpener()
    : header_(NewContext("AES-128-ECB")),
      payload_(NewContext("AES-128-GCM")),
      opened_(std::make_unique_for_overwrite<uint8_t[]>(kMaxPacket)) {}

QuicInitialOpener::~QuicInitialOpener() = default;

// RFC 9001 section 5.4.3.
bool QuicInitialOpener::HeaderMask(const QuicKeys& keys, Bytes sample,
                                   std::array<uint8_t, 16>* mask) {
  int length = 0;
  return EVP_EncryptInit_ex2(header_.get(), nullptr, keys.header.data(), nullptr, nullptr) == 1 &&
         EVP_EncryptUpdate(header_.get(), mask->data(), &length, sample.data(),
                           static_cast<int>(kSample)) == 1;
}

std::optional<Bytes> QuicInitialOpener::Open(const QuicPacket& packet, Bytes dcid) {
  if (packet.type != QuicPacketType::kInitial || !packet.captured) return std::nullopt;
  const size_t number_at = packet.number_at;
  if (packet.bytes.size() < number_at + kSampleAt + kSample || packet.bytes.size() > kMaxPacket)
    return std::nullopt;
  if (!header_ || !payload_) return std::nullopt;
  const QuicKeys keys = QuicClientKeys(*packet.version, dcid);
  std::array<uint8_t, 16> mask;
  if (!HeaderMask(keys, packet.bytes.subspan(number_at + kSampleAt, kSample), &mask))
    return std::nullopt;
  const auto first = static_cast<uint8_t>(packet.bytes[0] ^ (mask[0] & 0x0f));
  const size_t number_length = size_t{1} + (first & 3);
  // The low bytes of the packet number are all of it: a client's Initials are its first packets.
  std::array<uint8_t, 4> number;
  std::array<uint8_t, 12> nonce = keys.iv;
  for (size_t i = 0; i < number_length; ++i) {
    number[i] = static_cast<uint8_t>(packet.bytes[number_at + i] ^ mask[1 + i]);
    nonce[nonce.size() - number_length + i] ^= number[i];
  }
  const size_t header_length = number_at + number_length;
  const Bytes sealed = packet.bytes.subspan(header_length);
  const Bytes text = sealed.first(sealed.size() - kTag);
  Bytes tag = sealed.last(kTag);

  EVP_CIPHER_CTX* const context = payload_.get();
  int length = 0;
  const auto authenticate = [&](const uint8_t* bytes, size_t count) {
    return EVP_DecryptUpdate(context, nullptr, &length, bytes, static_cast<int>(count)) == 1;
  };
  // The header without its protection is authenticated as well; in parts, so that it need not be
  // copied.
  if (EVP_DecryptInit_ex2(context, nullptr, keys.key.data(), nonce.data(), nullptr) != 1 ||
      !authenticate(&first, 1) || !authenticate(packet.bytes.data() + 1, number_at - 1) ||
      !authenticate(number.data(), number_length) ||
      EVP_DecryptUpdate(context, opened_.get(), &length, text.data(),
                        static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag),
                          const_cast<uint8_t*>(tag.data())) != 1 ||
      EVP_DecryptFinal_ex(context, opened_.get() + text.size(), &length) != 1) {
    return std::nullopt;
  }
  return Bytes(opened_.get(), text.size());
}

}  // namespace gnomon::decode
