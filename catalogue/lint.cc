#include "catalogue/lint.h"

#include <algorithm>
#include <map>

#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

// Not the public suffix list, only what a rule for an AI service could meet by mistake: registries
// of two labels, clouds, content networks, identity, and the suites whose hosts serve more than AI.
constexpr std::string_view kShared[] = {
    "ac.cn",
    "ac.uk",
    "co.in",
    "co.jp",
    "co.kr",
    "co.uk",
    "com.au",
    "com.br",
    "com.cn",
    "com.hk",
    "com.sg",
    "com.tr",
    "com.tw",
    "edu.cn",
    "gov.uk",
    "ne.jp",
    "net.cn",
    "or.jp",
    "org.cn",
    "org.uk",
    // clouds and content networks
    "aliyuncs.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "azure-api.net",
    "azure.com",
    "azurecontainerapps.io",
    "azureedge.net",
    "azurefd.net",
    "azurestaticapps.net",
    "azurewebsites.net",
    "b-cdn.net",
    "baidubce.com",
    "blob.core.windows.net",
    "bytepluses.com",
    "cdn.cloudflare.net",
    "clients6.google.com",
    "cloud.tencent.com",
    "cloudapp.azure.com",
    "cloudflare.com",
    "cloudflare.net",
    "cloudfront.net",
    "cloudinary.com",
    "deno.dev",
    "digitaloceanspaces.com",
    "edgekey.net",
    "edgesuite.net",
    "fastly.net",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "githubusercontent.com",
    "gitlab.io",
    "googleapis.com",
    "googleusercontent.com",
    "gradio.live",
    "gstatic.com",
    "herokuapp.com",
    "hf.space",
    "imgix.net",
    "livekit.cloud",
    "myqcloud.com",
    "myshopify.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.io",
    "notion.site",
    "ondigitalocean.app",
    "onrender.com",
    "pages.dev",
    "r2.dev",
    "railway.app",
    "replit.app",
    "run.app",
    "streamlit.app",
    "supabase.co",
    "tencentcloudapi.com",
    "trycloudflare.com",
    "vercel.app",
    "volces.com",
    "vsassets.io",
    "web.app",
    "webflow.io",
    "wixsite.com",
    "workers.dev",
    "zendesk.com",
    // identity, payment and measurement, used from everywhere
    "accounts.google.com",
    "auth0.com",
    "clerk.dev",
    "datadoghq.com",
    "intercom.io",
    "launchdarkly.com",
    "login.microsoftonline.com",
    "okta.com",
    "segment.io",
    "sentry.io",
    "statsig.com",
    "statsigapi.net",
    "stripe.com",
    "workos.com",
    // suites and vendors' own sites
    "adobe.com",
    "alibabacloud.com",
    "aliyun.com",
    "anthropic.com",
    "apple.com",
    "atlassian.com",
    "baidu.com",
    "bing.com",
    "canva.com",
    "discord.com",
    "docs.google.com",
    "figma.com",
    "github.com",
    "google.com",
    "ibm.com",
    "live.com",
    "meta.com",
    "microsoft.com",
    "mistral.ai",
    "notion.so",
    "office.com",
    "openai.com",
    "qq.com",
    "salesforce.com",
    "sharepoint.com",
    "slack.com",
    "teams.microsoft.com",
    "tencent.com",
    "x.ai",
    "x.com",
    "yandex.ru",
    "zoom.us",
};

bool IsBelow(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix) &&
         name[name.size() - suffix.size() - 1] == '.';
}

// A wider rule of the same service that says the same, or null: then the narrow one changes
// nothing.
const HostRule* WiderRule(const ServiceRule& rule, const HostRule& narrow,
                          const std::map<std::string_view, const ServiceRule*>& owners) {
  // The nearest rule above decides; one of another service in between makes the narrow one matter.
  for (std::string_view name = narrow.host.suffix();;) {
    const size_t dot = name.find('.');
    if (dot == std::string_view::npos) return nullptr;
    name.remove_prefix(dot + 1);
    const auto owner = owners.find(name);
    if (owner == owners.end()) continue;
    for (const HostRule& host : owner->second->hosts) {
      if (host.host.suffix() != name || host.host.exact()) continue;
      const bool same = owner->second == &rule && host.host.role() == narrow.host.role() &&
                        host.host.embedded() == narrow.host.embedded();
      return same ? &host : nullptr;
    }
  }
}

}  // namespace

bool IsSharedSuffix(std::string_view suffix) {
  return std::any_of(std::begin(kShared), std::end(kShared), [&](std::string_view shared) {
    return suffix == shared || IsBelow(shared, suffix);
  });
}

std::vector<Finding> Lint(const RuleSet& rules, int32_t today) {
  std::vector<Finding> findings;
  for (const std::string& error : rules.errors) findings.push_back({"invalid", "", error});

  std::map<std::string_view, const ServiceRule*> ids;
  std::map<std::string_view, const ServiceRule*> owners;
  for (const ServiceRule& rule : rules.services) {
    for (const HostRule& host : rule.hosts) owners.emplace(host.host.suffix(), &rule);
  }
  std::map<std::string_view, const HostRule*> seen;
  for (const ServiceRule& rule : rules.services) {
    const std::string& id = rule.service.id();
    const auto find = [&](const char* kind, const std::string& where, const std::string& what) {
      findings.push_back({kind, where, id + ": " + what});
    };
    if (const auto [first, fresh] = ids.emplace(id, &rule); !fresh) {
      find("duplicate", rule.where, "this id is also at " + first->second->where);
    }
    if (rule.service.sources().empty()) find("sources", rule.where, "no source is given");
    if (rule.service.turns().prompt_from() > 0 && rule.service.surface() != v1::SURFACE_WEB &&
        rule.service.surface() != v1::SURFACE_DESKTOP_APP) {
      find("turns", rule.where, "prompt_from has no effect: programs send one request at a time");
    }
    const int32_t age = today - rule.service.checked();
    if (age > kStaleDays) {
      find("stale", rule.where,
           "last checked on " + DateText(rule.service.checked()) + ", " + std::to_string(age) +
               " days ago");
    } else if (age < -1) {  // a day of grace for time zones
      find("future", rule.where, "checked on " + DateText(rule.service.checked()));
    }
    for (const HostRule& host : rule.hosts) {
      const std::string& suffix = host.host.suffix();
      if (const auto [first, fresh] = seen.emplace(suffix, &host); !fresh) {
        const ServiceRule& owner = *owners.at(suffix);
        const bool own = owner.service.id() == id;
        find(own ? "unreachable" : "duplicate", host.where,
             suffix + " is also listed " + (own ? "" : "under " + owner.service.id() + " ") +
                 "at " + first->second->where);
      } else if (const HostRule* wider = WiderRule(rule, host, owners)) {
        find("unreachable", host.where,
             suffix + " changes nothing: " + wider->host.suffix() + " at " + wider->where +
                 " covers it with the same role");
      }
      if (!host.host.exact() && IsSharedSuffix(suffix)) {
        find("shared", host.where,
             suffix +
                 " carries more than this service; list the service's own host, or exact: true");
      }
    }
  }
  return findings;
}

}  // namespace gnomon::catalogue
