// A program's names -> the kind of client it is. Pure: the table and the rules, for every system.
#pragma once

#include <span>
#include <string_view>

#include "gnomon/v1/record.pb.h"

namespace gnomon::platform {

// What a process is called. Views; nothing here outlives the look-up.
struct Program {
  std::string_view executable;  // full path; empty where it may not be read
  std::string_view name;        // the process's own (Linux: comm, at most 15 bytes)
};

// `parents`, nearest first, are asked only where the program alone does not tell.
//
// Browsers, editors and desktop apps are what they are. Command-line tools and script runtimes
// (curl, python, node, claude...) are
//   - CLIENT_TERMINAL with a controlling terminal: a person typed the command, or left it running
//   in
//     a window. So is a script in a window that nobody watches;
//   - without one, the editor or desktop app that started them: a language server, an extension;
//   - else CLIENT_SCRIPT_RUNTIME: a service, a timer, a job of a build machine.
// Programs that are in no list are unknown, with a terminal or without.
v1::Client KindOf(const Program& program, bool has_terminal, std::span<const Program> parents);

// False where KindOf() is unknown whatever the rest: no reason to look any closer at such a
// program.
bool IsListed(const Program& program);

// True where KindOf() would ask the parents.
bool AsksParents(const Program& program, bool has_terminal);

}  // namespace gnomon::platform
