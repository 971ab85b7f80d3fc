#include "agent/commands/chinese.h"

#include <algorithm>
#include <iterator>

namespace gnomon::agent {
namespace {

constexpr ChineseField kFields[] = {
    {"day", "日期",
     "Place the use in a week and a month",
     "把使用情况归入某一周、某一月",
     "自 1970-01-01 起的天数，本地日历"},
    {"department", "部门",
     "Compare departments; equals the department of the device's certificate",
     "用于部门之间的比较；与本设备证书中的部门相同",
     ""},
    {"service", "服务",
     "Which tool: a catalogue id, never a host name",
     "使用的是哪个工具",
     ""},
    {"surface", "入口",
     "Tell chat pages, APIs, editors and local models apart",
     "通过哪种方式使用：网页、接口、编辑器等",
     ""},
    {"client", "客户端类型",
     "Tell people at a browser from scripts and agents",
     "区分坐在浏览器前的人与脚本、代理程序",
     ""},
    {"evidence", "识别依据",
     "Say how sure the recognition is",
     "说明识别有多可靠",
     ""},
    {"visits", "访问次数",
     "How often the service is used",
     "该服务被使用得有多频繁",
     "次，估算值"},
    {"turns", "问答轮数",
     "How deeply the service is used: prompts with their answers",
     "使用得有多深入：一次提问及其回答算一轮",
     "轮，估算值"},
    {"active_minutes", "活跃分钟",
     "Time with answers arriving: the basis of time estimates",
     "回答正在到达的时间：估算省时的依据",
     "分钟，估算值"},
    {"uploads", "上传次数",
     "Whether work documents go in: client bursts of 200 kB or more",
     "是否有工作文件送入：客户端一次发送 200 kB 或以上",
     "次，估算值"},
    {"kib_up", "上行 KiB",
     "Volume towards the service",
     "发往该服务的数据量",
     "KiB"},
    {"kib_down", "下行 KiB",
     "Volume from the service",
     "来自该服务的数据量",
     "KiB"},
    {"first_today", "今日首次",
     "Count devices a day without knowing which: set once a day for the service",
     "在不知道是哪台电脑的前提下统计每日电脑数：每个服务每天最多标记一次",
     ""},
    {"first_this_week", "本周首次",
     "Count devices an ISO week: set once a week for the service",
     "统计每周电脑数：每个服务每周最多标记一次",
     ""},
    {"first_this_month", "本月首次",
     "Count devices a month: set once a month for the service",
     "统计每月电脑数：每个服务每月最多标记一次",
     ""},
    {"tenure", "使用时长",
     "Tell a try from a standing dependence",
     "区分尝试与长期依赖",
     ""},
    {"regularity", "规律性",
     "Tell a habit from a try",
     "区分习惯与尝试",
     ""},
    {"off_hours", "工作时间外",
     "Share of use outside working hours",
     "工作时间以外使用所占的比例",
     ""},
    {"automated_turns", "自动轮数",
     "Tell regular or high-rate use by scripts from people's typing: of the turns, never more",
     "区分脚本有规律或高频的使用与人工输入：属于轮数的一部分，不会超过轮数",
     "轮，估算值"},
};

struct Pair {
  std::string_view english, chinese;
};
constexpr Pair kRetentions[] = {
    {"cells: 25 months at the collector", "汇总单元：在收集服务器保存 25 个月"},
    {"cells: 25 months at the collector; the history behind it never leaves the laptop",
     "汇总单元：在收集服务器保存 25 个月；其依据的历史从不离开本机"},
};
constexpr Pair kValues[] = {
    {"SURFACE_WEB", "网页"},
    {"SURFACE_API", "接口"},
    {"SURFACE_EDITOR", "编辑器"},
    {"SURFACE_DESKTOP_APP", "桌面应用"},
    {"SURFACE_LOCAL_MODEL", "本地模型"},
    {"CLIENT_BROWSER", "浏览器"},
    {"CLIENT_EDITOR", "编辑器"},
    {"CLIENT_TERMINAL", "终端"},
    {"CLIENT_SCRIPT_RUNTIME", "脚本运行环境"},
    {"CLIENT_DESKTOP_APP", "桌面应用"},
    {"EVIDENCE_NAMED", "名称可见"},
    {"EVIDENCE_RESOLVED", "由域名解析推断"},
    {"EVIDENCE_LOCAL", "本地服务"},
    {"TENURE_FIRST_WEEK", "第一周"},
    {"TENURE_FIRST_MONTH", "第一个月"},
    {"TENURE_FIRST_QUARTER", "第一季度"},
    {"TENURE_LONGER", "更久"},
    {"REGULARITY_ONCE", "一次"},
    {"REGULARITY_OCCASIONAL", "偶尔"},
    {"REGULARITY_WEEKLY", "每周"},
    {"REGULARITY_HABIT", "习惯"},
    {"OFF_HOURS_NONE", "无"},
    {"OFF_HOURS_SOME", "少于一半"},
    {"OFF_HOURS_MOST", "一半或以上"},
};

template <typename Pairs>
std::string_view Find(const Pairs& pairs, std::string_view english) {
  const auto found = std::find_if(std::begin(pairs), std::end(pairs),
                                  [&](const Pair& pair) { return pair.english == english; });
  return found != std::end(pairs) ? found->chinese : english;
}

}  // namespace

const ChineseField* ChineseOf(std::string_view field, std::string_view purpose) {
  const auto found = std::find_if(std::begin(kFields), std::end(kFields), [&](const ChineseField& one) {
    return one.name == field && one.english_purpose == purpose;
  });
  return found != std::end(kFields) ? found : nullptr;
}

std::string_view ChineseRetention(std::string_view english) {
  return Find(kRetentions, english);
}

std::string_view ChineseValue(std::string_view enumerator) {
  return Find(kValues, enumerator);
}

}  // namespace gnomon::agent
