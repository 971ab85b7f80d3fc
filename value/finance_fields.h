// The fields of a department's row, in whatever file they stand. Each reader says in a few words
// what is wrong with a text, or nothing; where it stood is the caller's to say.
#pragma once

#include <string>
#include <string_view>

#include "value/finance.h"

namespace gnomon::value {

struct FinanceField {
  std::string_view name;
  const char* about;
  // Reads a text that is not empty. Empty: it is fine.
  std::string (*read)(const std::string& text, FinanceDepartment* row);
};

// department, function, heads, ai_budget, hourly_cost, outsourcing, agency.
const FinanceField* FindFinanceField(std::string_view name);
std::string FinanceFieldNames();  // "department, function, ..."

// "chatgpt" and "20" -> the row's seats.
std::string ReadSeats(const std::string& service, const std::string& count, FinanceDepartment* row);
std::string ReadCurrency(const std::string& text, std::string* currency);

// Among the rows before: a department stands once.
std::string AddRow(FinanceDepartment row, FinanceInputs* inputs);

}  // namespace gnomon::value
