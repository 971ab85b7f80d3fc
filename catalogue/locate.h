// Where the compiled catalogue lies when nobody names one.
#pragma once

#include <filesystem>

namespace gnomon::catalogue {

// ../share/gnomon/catalogue.pb from the running program: right in a build folder and when
// installed. Falls back to /usr/share/gnomon/catalogue.pb. The file need not exist.
std::filesystem::path DefaultCatalogue();

}  // namespace gnomon::catalogue
