#include "agent/capture/address_tree.h"

#include <algorithm>
#include <vector>

namespace gnomon::capture {
namespace {

using Label = BpfAssembler::Label;
using Rules = std::span<const FilterRule>;

constexpr size_t kWords = 4;

uint32_t WordOf(const AddressBytes& address, size_t word) {
  const uint8_t* at = address.data() + 4 * word;
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

class Search {
 public:
  Search(BpfAssembler& out, const PortSlots& ports, const AddressVerdicts& verdicts)
      : out_(out), ports_(ports), verdicts_(verdicts) {}

  // `rules` agree in all words before `word`.
  void Word(Rules rules, size_t word) {
    if (rules.empty()) return out_.Jump(verdicts_.unknown);
    out_.LoadWord(static_cast<uint32_t>(4 * (word - first_word_)));
    std::vector<Branch> branches;
    for (size_t begin = 0, end; begin < rules.size(); begin = end) {
      const uint32_t value = WordOf(rules[begin].address, word);
      end = begin + 1;
      while (end < rules.size() && WordOf(rules[end].address, word) == value) ++end;
      branches.push_back({value, rules.subspan(begin, end - begin), BpfAssembler::kNext});
    }
    for (Branch& branch : branches) branch.to = Target(branch.rules, word);
    Halve(branches);
    for (const Branch& branch : branches) {
      if (branch.to == verdicts_.wanted) continue;
      out_.Bind(branch.to);
      if (word + 1 < kWords) {
        Word(branch.rules, word + 1);
      } else {
        Ports(branch.rules);
      }
    }
  }
  void StartAt(size_t word) { first_word_ = word; }

 private:
  struct Branch {
    uint32_t value;
    Rules rules;
    Label to;
  };

  Label Target(Rules rules, size_t word) {
    const bool plain = rules.size() == 1 && rules[0].scope == FilterScope::kAddress;
    return word + 1 == kWords && plain ? verdicts_.wanted : out_.NewLabel();
  }

  // A is the word that is looked for.
  void Halve(std::span<const Branch> branches) {
    if (branches.size() == 1) {
      out_.JumpIfEqual(branches[0].value, branches[0].to, verdicts_.unknown);
      return;
    }
    const size_t middle = branches.size() / 2;
    const Label upper = out_.NewLabel();
    out_.JumpIfAtLeast(branches[middle].value, upper);
    Halve(branches.first(middle));
    out_.Bind(upper);
    Halve(branches.subspan(middle));
  }

  // The rules of one address.
  void Ports(Rules rules) {
    bool all = false;
    for (const FilterScope scope : {FilterScope::kFlow, FilterScope::kEndpoint}) {
      bool loaded = false;
      for (const FilterRule& rule : rules) {
        all |= rule.scope == FilterScope::kAddress;
        if (rule.scope != scope) continue;
        if (!loaded) out_.LoadSlot(scope == FilterScope::kFlow ? ports_.other : ports_.own);
        loaded = true;
        const Label wanted =
            scope == FilterScope::kEndpoint ? verdicts_.readable : verdicts_.wanted;
        out_.JumpIfEqual(rule.port, rule.wanted ? wanted : verdicts_.unwanted);
      }
    }
    out_.Jump(all ? verdicts_.wanted : verdicts_.unknown);
  }

  BpfAssembler& out_;
  const PortSlots& ports_;
  const AddressVerdicts& verdicts_;
  size_t first_word_ = 0;
};

}  // namespace

bool IsIpv4(const AddressBytes& address) {
  return WordOf(address, 0) == 0 && WordOf(address, 1) == 0 && WordOf(address, 2) == 0xffff;
}

void EmitIpv4Search(BpfAssembler& out, Rules rules, const PortSlots& ports,
                    const AddressVerdicts& verdicts) {
  Search search(out, ports, verdicts);
  search.StartAt(kWords - 1);
  search.Word(rules, kWords - 1);
}

void EmitIpv6Search(BpfAssembler& out, Rules rules, const PortSlots& ports,
                    const AddressVerdicts& verdicts) {
  Search(out, ports, verdicts).Word(rules, 0);
}

}  // namespace gnomon::capture
