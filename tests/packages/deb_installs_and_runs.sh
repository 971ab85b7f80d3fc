#!/usr/bin/env bash
# Builds the Debian packages, installs them with dpkg into an overlay of this system (the system itself
# is not touched), and runs what they brought. Needs root for the overlay; says so and skips (77) without.
#
#   deb_installs_and_runs.sh BUILD_DIR CAPTURE
set -euo pipefail
build=$1 capture=$2

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || skip "an overlay mount needs root"
command -v dpkg-shlibdeps >/dev/null || skip "dpkg-dev is not installed"
unshare -m true 2>/dev/null || skip "no mount namespace to be had here"
. /etc/os-release
[ "${ID:-}" = debian ] || skip "the packages are for Debian, this is ${ID:-unknown}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack -G DEB -B "$work/packages") >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; fail "cpack"; }
rm -rf "$work/packages/_CPack_Packages"
debs=("$work"/packages/*.deb)
[ ${#debs[@]} = 3 ] || fail "expected 3 packages, got: ${debs[*]}"

# What a package must hold, and who may read it.
contents=$(dpkg-deb -c "$work"/packages/gnomon-agent_*.deb)
for wanted in ./usr/bin/gnomon-agent ./usr/share/gnomon/catalogue.pb ./usr/lib/systemd/system/gnomon-agent.service \
              ./etc/gnomon/agent.yaml ./usr/share/man/man8/gnomon-agent.8; do
  grep -q " $wanted\$" <<<"$contents" || fail "gnomon-agent lacks $wanted"
done
information=$(dpkg-deb -I "$work"/packages/gnomon-agent_*.deb)
grep -q 'Depends:.*libpcap' <<<"$information" || fail "no dependency on libpcap"
grep -q libpsl <<<"$information" && fail "the agent depends on what only the desk needs: libpsl"
grep -q 'Depends:.*libpsl5.*publicsuffix\|Depends:.*publicsuffix.*libpsl5' <<<"$(dpkg-deb -I "$work"/packages/gnomon-cli_*.deb)" ||
  fail "gnomon-cli does not depend on libpsl5 and publicsuffix"
[ "$(dpkg-deb -I "$work"/packages/gnomon-agent_*.deb conffiles)" = /etc/gnomon/agent.yaml ] || fail "agent.yaml is no conffile"

cp "$capture" "$work/capture.pcap"
export work
# The overlay lives in a mount namespace of its own and goes away with it.
unshare -m bash -euo pipefail -c '
  mkdir -p /mnt && mount -t tmpfs gnomon-overlay /mnt -o size=2g
  mkdir -p /mnt/upper /mnt/work /mnt/root /mnt/in
  cp "$work"/packages/*.deb "$work/capture.pcap" /mnt/in/
  mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
  mount -t proc proc /mnt/root/proc
  mkdir -p /mnt/root/in && cp /mnt/in/* /mnt/root/in/
  chroot /mnt/root /bin/bash -euo pipefail -c "
    export DEBIAN_FRONTEND=noninteractive
    dpkg -i /in/*.deb
    test \$(stat -c %U:%a /var/lib/gnomon-agent) = gnomon-agent:700
    test \$(stat -c %U:%a /var/lib/gnomon-collector) = gnomon-collector:700
    gnomon-agent --version
    gnomon-collector --version
    gnomon --version
    source /usr/share/bash-completion/completions/gnomon-agent
    COMP_WORDS=(gnomon-agent ins) COMP_CWORD=1
    _gnomon
    test \"\${COMPREPLY[*]}\" = inspect
    gnomon-agent inspect -r /in/capture.pcap --format jsonl | tail -n 1 | grep -q coverage
    gnomon-agent status | grep -q enroll
    systemd-analyze verify --man=no /usr/lib/systemd/system/gnomon-agent.service /usr/lib/systemd/system/gnomon-collector.service
    echo changed >> /etc/gnomon/agent.yaml
    dpkg -r gnomon-agent gnomon-collector gnomon-cli
    test ! -e /usr/bin/gnomon-agent
    test -d /var/lib/gnomon-agent
    dpkg -P gnomon-agent gnomon-collector gnomon-cli
    test ! -e /var/lib/gnomon-agent
    test ! -e /etc/gnomon/agent.yaml
  "
'
echo "installed, ran, removed and purged: $(basename -a "${debs[@]}" | tr '\n' ' ')"
