#include "cli/catalogue_load.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "base/file.h"
#include "catalogue/compile.h"
#include "catalogue/locate.h"
#include "catalogue/validate.h"
#include "cli/exit_code.h"

namespace gnomon::cli {

int FailCatalogue(const Status& status) {
  std::cerr << "gnomon catalogue: " << status.message() << '\n';
  return kExitWrongInput;
}

Result<std::shared_ptr<const catalogue::Table>> LoadTable(const std::string& file) {
  return catalogue::Table::Load(file.empty() ? catalogue::DefaultCatalogue().string() : file);
}

Result<v1::Catalogue> LoadCatalogue(const std::string& file) {
  const std::string path = file.empty() ? catalogue::DefaultCatalogue().string() : file;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return catalogue::CompileFolder(path);
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, catalogue::kMaxFileBytes));
  v1::Catalogue loaded;
  if (!loaded.ParseFromString(bytes)) {
    return DataLoss(path + ": catalogue: not a compiled catalogue, or damaged");
  }
  // The table has the last word on every bound.
  if (const Status status = catalogue::Table::Build(loaded).status(); !status.ok()) {
    return status.WithContext(path);
  }
  return loaded;
}

std::string NormaliseHost(std::string host) {
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

int32_t Today() {
  const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return static_cast<int32_t>(now.time_since_epoch().count());
}

}  // namespace gnomon::cli
