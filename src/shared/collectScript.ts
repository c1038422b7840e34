/** How the names of media server processes begin, now and before 0.23. The kernel cuts names at 15 letters; mediamtx-1.20.1 matches too. */
const mediaNames = 'mediamtx|rtsp-simple-ser'
/** Media server processes reported per machine, at most. */
export const mostMediaProcesses = 8

/** Lines of a media server's log in an answer, at most, and letters of each. */
const mostLogLines = 300
const longestLogLine = 600
/** A line of its log begins so, plain or structured: nothing else of a file is passed on. */
const logLine = '^([0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8} (DEB|INF|WAR|ERR) |[{]"timestamp":"|ERR: )'

/** File systems on local disks. Network file systems are left out: a query hangs when their server is gone. */
const diskFileSystems = 'ext[234]|xfs|btrfs|zfs|f2fs|jfs|jfs2|reiserfs|bcachefs|nilfs2|ufs|ubifs|jffs2|yaffs2|vfat|exfat|ntfs|ntfs3|fuseblk|9p|virtiofs|overlay'

/**
 * Lines that a fast tick picks from all of its files. Each pattern matches one kind of file only, except that of
 * net/dev, which also matches `Ip:` and `Icmp:` in net/snmp.
 */
const fastLines = [
  '^[0-9.]+ [0-9.]+$',
  '^[0-9a-f-]{36}$',
  '^cpu',
  '^btime',
  '^[0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/',
  '^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SReclaimable|Shmem|SwapTotal|SwapFree|VmRSS|Threads):',
  '^(size|c_min) +4 ',
  '^(Tcp|Udp): ',
  '^Udp6RcvbufErrors',
  '^ *[^ :]+: *[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ ',
  '^ *[0-9]+ +[0-9]+ (sd|hd|vd|xvd|nvme|mmcblk|dm-|md|bcache|rbd|nbd|pmem|zd|ubd|dasd|cciss)',
  '^[0-9]+ \\(',
].join('|')

/** If part of an answer hangs, the whole script ends itself on the host after this long, which is longer than the console waits for any answer. */
export const scriptLimitSeconds = 60

/**
 * Runs on the host: reads lines `<question> <id>` and answers each with sections that begin with `== <name>` and the
 * line `== END <id>`. It ends with its standard input.
 *
 * 1. It writes nothing and needs no privileges: what its user may not see is missing from the answer.
 * 2. It runs in dash, bash, BusyBox ash, FreeBSD's sh and the sh of macOS: no arrays, no `local`, no [[ ]]. All variables
 *    are therefore global: `what`, `id` and `port` belong to the loop; `pids`, `media`, `files`, `lost`, `limits` and `hertz`
 *    are kept for the next tick; `text` is output not written yet.
 * 3. A fast tick on Linux starts one process (`grep` over all files), two where a container's limits apply, and writes its
 *    output at once: sshd sends a packet per write, and the console decrypts each separately.
 * 4. Nothing in it may hang: no network file systems, and commands that query hardware get 5 s where `timeout` exists. Should
 *    one hang all the same, the script kills itself and everything it started, even if the console is gone.
 * 5. Decimal points are always points, never commas: LC_ALL=C.
 */
export const collectScript = `
LC_ALL=C; LANG=C; PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin
export LC_ALL LANG PATH
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY GREP_OPTIONS POSIXLY_CORRECT BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE
exec 2>/dev/null
cd /proc
has() { command -v "$1" >/dev/null; }
soon=; if timeout 2 true; then soon='timeout 5'; fi
system=$(uname -s)
pids=; media=; files=; lost=1; limits=; hertz=
nl='
'
tell() { printf %s "$text"; text=; }

# Ends all of this, should what follows hang. Told to end, it ends its sleep, too.
guard() {
  ( trap 'kill $s; exit' TERM; sleep ${scriptLimitSeconds} & s=$!; wait $s; kill -9 -$$ || kill -9 $$ ) </dev/null >/dev/null &
  dog=$!
}
unguard() { kill "$dog"; wait "$dog"; }

# Its clock, as finely as it tells it.
now() {
  if [ -n "$EPOCHREALTIME" ]; then echo "now $EPOCHREALTIME"
  elif [ "$system" = Darwin ]; then zsh -fc 'zmodload zsh/datetime && echo now $EPOCHREALTIME' || echo "now $(date +%s)"
  else echo "now $(date +%s%N)"; fi
}

# How many threads of execution the media server has: only while it runs, and only asked on its own machine. Port 0: not at all.
goroutines() {
  if [ "$port" = 0 ]; then return; fi
  at=127.0.0.1:$port; page='/debug/pprof/goroutine?debug=1'
  if has curl; then curl -s -m 2 "http://$at$page"
  elif has wget; then $soon wget -q -T 2 -O - "http://$at$page"
  elif has fetch; then fetch -q -T 2 -o - "http://$at$page"
  elif has nc; then printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' "$page" "$at" | $soon nc 127.0.0.1 $port
  fi | grep -m 1 '^goroutine profile:'
}

find_Linux() {
  pids=; media=; files=; as=name
  for f in $(grep -lsxE '(${mediaNames}).*' /proc/[0-9]*/comm); do pids="$pids \${f%/comm}"; done
  if [ -z "$pids" ] && [ -d /run/systemd/system ] && has systemctl; then
    f=$($soon systemctl show -p MainPID mediamtx.service); f=\${f#MainPID=}
    if [ "\${f:-0}" != 0 ]; then pids=/proc/$f; as=unit; fi
  fi
  if [ -z "$pids" ]; then
    as=container
    for f in $(grep -lsE '[/:_-](mediamtx|rtsp-simple-server)([._@-]|$)' /proc/[0-9]*/cgroup); do pids="$pids \${f%/cgroup}"; done
  fi
  set -- $pids; pids=
  for p in "$@"; do
    if [ \${#pids} -gt ${mostMediaProcesses * 8} ] || [ ! -d "$p" ]; then continue; fi
    by=$as
    while read -r f; do
      case $f in
        *docker*|*containerd*|*libpod*|*kubepods*|*/lxc/*|*crio*) by=container; break;;
        *mediamtx*.service*|*rtsp-simple-server*.service*) by=unit;;
      esac
    done < "$p/cgroup"
    pids="$pids \${p#/proc/}"; files="$files $p/stat $p/status"
    media="\${media:+$media$nl}media \${p#/proc/} $by"
  done
}
# Of each: what it has open, who it is, and at which ports its user and itself listen.
detail_Linux() {
  set -- /proc/$f/fd/*
  if [ -L "$1" ]; then echo "files $#"; fi
  grep -hsE '^(Max open files|Uid:)' /proc/$f/limits /proc/$f/status
  echo "args $(tr '\\0\\n' '  ' < /proc/$f/cmdline | cut -c 1-300)"
  grep -hsE '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:0000 0A ' /proc/$f/net/tcp /proc/$f/net/tcp6 | head -n 200 | {
    list=
    while read -r n at n n n n n uid n inode n; do echo "listen \${at##*:} $uid $inode"; list="$list|$inode"; done
    ls -l /proc/$f/fd | grep -oE "socket:.(\${list#|})."
  }
}
details() { tell; for f in $pids; do echo '== media'; echo "pid $f"; detail_$system; done; }
fast_Linux() {
  for f in $pids; do if [ ! -d "/proc/$f" ]; then lost=10; fi; done
  if [ "$lost" -gt 0 ]; then lost=$((lost - 1)); find_Linux; fi
  text="$text\${media:-media}$nl$(grep -hsE '${fastLines}' uptime sys/kernel/random/boot_id stat loadavg meminfo net/dev diskstats net/snmp net/snmp6 spl/kstat/zfs/arcstats $files)$nl"
  if [ -n "$limits" ]; then text="$text== limits$nl$(grep -sE '^[0-9max ]+$|^(usage_usec|inactive_file|total_inactive_file) ' $limits)$nl"; fi
}
slow_Linux() {
  if [ -z "$hertz" ]; then
    hertz=$(getconf CLK_TCK); hertz=\${hertz:-100}
    g=/sys/fs/cgroup; f="$g/memory.max $g/memory/memory.limit_in_bytes $g/cpu.max $g/cpu/cpu.cfs_quota_us"
    for n in $(grep -lsE '^[1-9][0-9]{0,17}( |$)' $f); do
      case $n in
        */memory.max) limits="$limits $n $g/memory.current $g/memory.stat";;
        */memory.limit_in_bytes) limits="$limits $n $g/memory/memory.usage_in_bytes $g/memory/memory.stat";;
        */cpu.max) limits="$limits $n $g/cpu.stat";;
        */cpu.cfs_quota_us) limits="$limits $n $g/cpu/cpu.cfs_period_us $g/cpuacct/cpuacct.usage";;
      esac
    done
  fi
  echo "hertz $hertz"
  read -r f < /proc/uptime && echo "uptime $f"
  grep -hs '^PRETTY_NAME=' /etc/os-release || grep -hs '^PRETTY_NAME=' /usr/lib/os-release
  echo '== mounts'
  grep -E ' - (${diskFileSystems}) ' /proc/self/mountinfo | {
    set --
    while read -r n n number n mount rest; do
      rest=\${rest##* - }; type=\${rest%% *}; rest=\${rest#* }
      if [ "$type" = overlay ] && [ "$mount" != / ]; then continue; fi
      case $mount in *\\\\*) mount=$(printf %b "$mount");; esac
      set -- "$@" "$mount"
      echo "mount $number $type \${rest%% *} $mount"
    done
    echo '== df'
    if [ $# -gt 0 ]; then $soon df -P -k "$@"; fi
  }
  echo '== sys'
  grep -sH '' /sys/class/net/*/speed /sys/class/hwmon/hwmon*/name /sys/class/hwmon/hwmon*/device/model /sys/class/hwmon/hwmon*/temp*_input /sys/class/hwmon/hwmon*/temp*_label /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp /sys/class/drm/card[0-9]/device/vendor /sys/class/drm/card[0-9]/device/product_name /sys/class/drm/card[0-9]/device/gpu_busy_percent /sys/class/drm/card[0-9]/device/vcn_busy_percent /sys/class/drm/card[0-9]/device/mem_info_vram_used /sys/class/drm/card[0-9]/device/mem_info_vram_total /sys/class/drm/card[0-9]/device/hwmon/hwmon*/temp1_input /sys/class/drm/card[0-9]/gt/gt0/rc6_residency_ms /sys/class/drm/card[0-9]/device/tile0/gt0/gtidle/idle_residency_ms
  nvidia
}
nvidia() {
  if has nvidia-smi; then
    echo '== nvidia'
    o='--format=csv,noheader,nounits'
    $soon nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu,utilization.encoder,utilization.decoder $o ||
    $soon nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu $o
  fi
}
processes_Linux() {
  echo '== names'; cut -d: -f1,3 /etc/passwd
  echo '== before'; cat /proc/uptime /proc/[0-9]*/stat | cut -d ' ' -f 1-30
  sleep 1
  echo '== after'; cat /proc/uptime /proc/[0-9]*/stat | cut -d ' ' -f 1-30
  echo '== owners'; grep -sE '^(Uid|VmRSS):' /proc/[0-9]*/status
}

# At which ports the machine listens and whose they are, what its service manager says of the media server, and the end of its log.
look_Linux() {
  for n in tcp tcp6 udp udp6; do
    echo "== sockets $n"
    grep -sE '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ 0+:0000 (0A|07) ' "/proc/net/$n" | head -n 500 | while read -r n at n n n n n uid rest; do echo "$at $uid"; done
  done
  echo '== names'; cut -d: -f1,3 /etc/passwd | head -n 1000
  echo '== unit'
  if [ -d /run/systemd/system ] && has systemctl; then $soon systemctl show -p LoadState -p ActiveState -p Result -p ExecMainStatus -p WorkingDirectory mediamtx.service; fi
  find_Linux
  for p in \${pids:-0}; do
    unit=; dir=; conf=
    if [ "$p" = 0 ]; then unit=mediamtx.service; else
      while read -r n; do case $n in *.service) unit=\${n##*/};; esac; done < "/proc/$p/cgroup"
      dir=$(readlink "/proc/$p/cwd")
      conf=$(tr '\\0' '\\n' < "/proc/$p/cmdline" | grep -E '^[^-].*[.]ya?ml$' | head -n 1)
    fi
    if [ -z "$dir" ] && [ -n "$unit" ] && has systemctl; then dir=$($soon systemctl show -p WorkingDirectory "$unit"); dir=\${dir#WorkingDirectory=}; fi
    text=
    if [ -n "$unit" ] && has journalctl; then text=$($soon journalctl -q --no-pager -o cat -n ${mostLogLines} -u "$unit" | log_lines); fi
    if [ -n "$text" ]; then echo "== log journal $p"; tell; echo; continue; fi
    f=$(log_file)
    if [ -f "$f" ] && [ -r "$f" ]; then echo "== log file $p"; tail -c 131072 "$f" | log_lines; fi
  done
}
log_lines() { grep -aE '${logLine}' | tail -n ${mostLogLines} | cut -c 1-${longestLogLine}; }
# The file that its configuration names: that of its command line, or where it looks for one. A name without a folder is in its own.
log_file() {
  case $conf in ''|/*) ;; *) conf=$dir/$conf;; esac
  for n in "$conf" "$dir/mediamtx.yml" /usr/local/etc/mediamtx.yml /usr/pkg/etc/mediamtx.yml /usr/etc/mediamtx.yml /etc/mediamtx/mediamtx.yml /etc/mediamtx.yml; do
    if [ ! -f "$n" ] || [ ! -r "$n" ]; then continue; fi
    p=$(grep -m 1 -E '^logFile: *' "$n" | sed -e 's/^logFile: *//' -e 's/ *#.*$//' -e 's/ *$//' | tr -d '\\042\\047')
    case $p in '') p=mediamtx.log;; esac
    case $p in /*) ;; *) p=\${dir:-\${n%/*}}/$p;; esac
    echo "$p"; return
  done
  echo /var/log/mediamtx.log
}

find_FreeBSD() {
  pids=; media=
  for f in $(pgrep '^mediamtx'); do pids="$pids $f"; media="\${media:+$media$nl}media $f name"; done
}
find_Darwin() { find_FreeBSD; }
fast_BSD() {
  for f in $pids; do if ! kill -0 "$f" && ! ps -p "$f" >/dev/null; then lost=10; fi; done
  if [ "$lost" -gt 0 ]; then lost=$((lost - 1)); find_$system; fi
  text="$text\${media:-media}$nl"; tell
}
slow_BSD() {
  echo '== df'; $soon df -P -k -l
  echo '== tcp'; netstat -s -p tcp | grep retransmitted
  echo '== udp'; netstat -s -p udp | grep 'full socket buffers'
}
fast_FreeBSD() {
  fast_BSD; now
  echo '== sysctl'
  sysctl -i kern.boottime kern.clockrate kern.cp_times vm.loadavg hw.physmem hw.pagesize vm.stats.vm.v_page_count vm.stats.vm.v_free_count vm.stats.vm.v_inactive_count vm.stats.vm.v_cache_count kstat.zfs.misc.arcstats.size kstat.zfs.misc.arcstats.c_min
  echo '== netstat'; netstat -ibndW | grep '<Link#'
  for f in $pids; do echo '== ps'; ps -o pid=,rss=,nlwp=,etime=,time= -p "$f"; done
}
slow_FreeBSD() {
  echo '== os'; freebsd-version
  slow_BSD
  echo '== swap'; swapinfo -k
  echo '== iostat'; iostat -Idx
  echo '== temperatures'; sysctl -i dev.cpu hw.acpi.thermal | grep temperature
  echo '== links'; ifconfig | grep -E '^[a-z]|media:'
  nvidia
}
detail_BSD() { echo "args $(ps -o args= -p "$f" | cut -c 1-300)"; }
detail_FreeBSD() {
  procstat -h -f "$f" | grep -cE '^ *[0-9]+ +[^ ]+ +[0-9]+ '
  procstat -h -l "$f" | grep openfiles
  detail_BSD
}
fast_Darwin() {
  fast_BSD; now
  echo '== sysctl'; sysctl kern.boottime vm.loadavg hw.memsize hw.ncpu vm.swapusage
  echo '== vm'; vm_stat
  echo '== netstat'; netstat -ibnd | grep '<Link#'
  for f in $pids; do echo '== ps'; ps -o pid=,rss=,etime=,time= -p "$f"; done
}
slow_Darwin() {
  echo '== os'; sw_vers
  slow_BSD
  # It tells no counters of its processors: this is their use of one second.
  echo '== cpu'; iostat -n 0 -c 2 -w 1
  echo '== links'; ifconfig | grep -E '^[a-z]|media:'
}
detail_Darwin() {
  $soon lsof -n -P -p "$f" | grep -cE '^[^ ]+ +[0-9]+ +[^ ]+ +[0-9]+[a-zA-Z-]* '
  detail_BSD
}
processes_FreeBSD() { echo '== ps'; ps -axo pid=,user=,%cpu=,rss=,ucomm= | sort -rnk3 | head -n 40; }
processes_Darwin() { processes_FreeBSD; }

# f: what moves; s: the rest; p: processes; m: details of the media servers, which s has with it; l: listeners and log. Digits: the port of pprof.
while read -r what id; do
  text="== system $system$nl"
  port=\${what##*[a-z]}
  case $port in ''|*[!0-9]*|??????*) port=9999;; esac
  case $system in Linux|FreeBSD|Darwin)
    case $what in *[smpl]*) tell; guard;; esac
    case $what in *s*) echo '== first'; now; echo "uname $(uname -n) $(uname -sr)"; find_$system;; esac
    case $what in *f*) text="$text== fast$nl"; fast_$system;; esac
    case $what in *s*) tell; echo '== slow'; slow_$system; echo '== last'; now;; esac
    case $what in *[sm]*) details;; esac
    case $what in *s*) if [ -n "$pids" ]; then echo '== goroutines'; goroutines; fi;; esac
    case $what in *p*) processes_$system;; esac
    case $what in *l*) if [ "$system" = Linux ]; then look_Linux; fi;; esac
    case $what in *[smpl]*) unguard;; esac;;
  esac
  text="$text== END $id$nl"; tell
done
`
  // Shorter on its way; the shape is for people.
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('# '))
  .join('\n')
