// gnomon-agent pause, resume, purge: what the people of the laptop decide, told to the running agent or, where none runs,
// written into its state folder.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include "agent/commands/commands.h"
#include "agent/control/client.h"
#include "agent/control/pause_file.h"
#include "agent/control/stored.h"
#include "agent/stream/enrol.h"
#include "base/clock.h"
#include "base/terminal.h"
#include "base/yaml.h"

namespace gnomon::agent {
namespace {

// "2026-11-28 17:30" or "17:30" (the next one), local time, as Unix seconds.
Result<int64_t> ParseMoment(const std::string& text, int64_t now) {
  std::tm tm{};
  const std::time_t now_time = now;
  localtime_r(&now_time, &tm);
  tm.tm_sec = 0;
  tm.tm_isdst = -1;
  const char* end = strptime(text.c_str(), "%Y-%m-%d %H:%M", &tm);
  const bool hour_only = end == nullptr;
  if (hour_only) end = strptime(text.c_str(), "%H:%M", &tm);
  if (end == nullptr || *end != '\0') {
    return InvalidArgument("--until: is \"17:30\" or \"2026-11-28 17:30\", local time");
  }
  std::time_t moment = std::mktime(&tm);
  if (hour_only && moment <= now) {
    ++tm.tm_mday;
    tm.tm_isdst = -1;
    moment = std::mktime(&tm);
  }
  if (moment <= now) return InvalidArgument("--until: that time is over");
  return moment;
}

// Where no agent runs, the folder itself is asked; that takes the right to write it.
Status Hint(const Status& status) {
  return status.WithContext("no agent is running, and the state folder is not yours (try sudo)");
}

}  // namespace

int RunPause(const Config& config, const PauseArguments& arguments) {
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  int64_t until = control::kNoEnd;
  if (!arguments.for_time.empty()) {
    const Result<uint64_t> seconds = ParseDuration(arguments.for_time);
    if (!seconds.ok()) return Fail(seconds.status().WithContext("--for"));
    if (*seconds == 0 || *seconds > 366 * 86400ull) return Fail(InvalidArgument("--for: 1s to 366d"));
    until = now + static_cast<int64_t>(*seconds);
  } else if (!arguments.until.empty()) {
    const Result<int64_t> moment = ParseMoment(arguments.until, now);
    if (!moment.ok()) return Fail(moment.status());
    until = *moment;
  }
  v1::ControlRequest request;
  request.mutable_pause()->set_until(until);
  Status status = control::Ask(config.ControlSocket(), request).status();
  if (status.code() == StatusCode::kUnavailable) {
    status = control::WritePause(config.state, until);
    if (!status.ok()) status = Hint(status);
  }
  if (!status.ok()) return Fail(status);
  const Language language = arguments.language;
  if (until == control::kNoEnd) {
    std::printf("%s", In(language, "Paused until you say: gnomon-agent resume\n", "已暂停，直到执行：gnomon-agent resume\n"));
  } else {
    std::printf(In(language, "Paused until %s.\n", "已暂停，至 %s 为止。\n"), FormatMinute(until).c_str());
  }
  std::printf("%s", In(language,
                       "Nothing is captured or counted meanwhile, also after a restart. What was counted before is still sent.\n"
                       "Nobody is told: the pause is in no report and no log.\n",
                       "在此期间不捕获、不计数，重启后同样有效。之前已计数的内容仍会发送。\n"
                       "不会告知任何人：暂停不出现在任何报告或日志中。\n"));
  return 0;
}

int RunResume(const Config& config, Language language) {
  v1::ControlRequest request;
  request.mutable_resume();
  Status status = control::Ask(config.ControlSocket(), request).status();
  if (status.code() == StatusCode::kUnavailable) {
    status = control::RemovePause(config.state);
    if (!status.ok()) status = Hint(status);
  }
  if (!status.ok()) return Fail(status);
  std::printf("%s", In(language, "Not paused: day counts are made and sent again.\n",
                       "未暂停：重新开始计数并发送按日统计。\n"));
  return 0;
}

int RunPurge(const Config& config, bool yes, Language language) {
  if (!yes) {
    std::printf("%s", In(language,
                         "This deletes from this laptop, for good:\n"
                         "  - counts that have not been sent, and batches that wait\n"
                         "  - the list of what was sent (gnomon-agent sent will be empty)\n"
                         "  - the 12-month history of days with use, from which tenure and regularity come\n"
                         "It does not delete: what the collector has added up already (it cannot be found again there),\n"
                         "what is on its way this moment, the enrolment, a pause. Counting goes on afterwards: see pause.\n",
                         "此操作将从本机永久删除：\n"
                         "  - 尚未发送的计数，以及等待发送的批次\n"
                         "  - 已发送内容的清单（gnomon-agent sent 将为空）\n"
                         "  - 12 个月的使用日历史（使用时长与规律性由此得出）\n"
                         "不会删除：收集服务器已汇总的内容（在那里已无法再找出）、此刻正在发送的内容、\n"
                         "注册信息、暂停设置。之后计数照常进行：参见 pause。\n"));
    if (!terminal::IsTerminal(stdin)) {
      return Fail(InvalidArgument("purge: not confirmed; on no terminal say --yes"));
    }
    std::printf("%s", In(language, "Delete it? [y/N] ", "确定删除？[y/N] "));
    std::fflush(stdout);
    std::string answer;
    if (!std::getline(std::cin, answer) || (answer != "y" && answer != "Y" && answer != "yes")) {
      std::printf("%s", In(language, "Nothing was deleted.\n", "未删除任何内容。\n"));
      return 1;
    }
  }
  v1::ControlRequest request;
  request.mutable_purge();
  Status status = control::Ask(config.ControlSocket(), request).status();
  if (status.code() == StatusCode::kUnavailable) {
    const Result<stream::Enrolment> enrolment = stream::LoadEnrolment(config.state);
    status = control::PurgeStored(config.state / "spool.db",
                                  enrolment.ok() ? enrolment->department : "");
    if (!status.ok()) status = Hint(status);
  }
  if (!status.ok()) return Fail(status);
  std::printf("%s", In(language, "Deleted.\n", "已删除。\n"));
  return 0;
}

Result<v1::ControlReply> ReadSent(const Config& config, size_t limit) {
  v1::ControlRequest request;
  request.mutable_sent()->set_limit(static_cast<uint32_t>(limit));
  Result<v1::ControlReply> reply = control::Ask(config.ControlSocket(), request);
  if (reply.ok() || reply.status().code() != StatusCode::kUnavailable) return reply;
  v1::ControlReply stored;
  GNOMON_RETURN_IF_ERROR(control::AddBatches(config.state / "spool.db", limit, &stored));
  return stored;
}

}  // namespace gnomon::agent
