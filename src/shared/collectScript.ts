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
  '^[0-9.]+ [0-9.]+ [0-9.]+ [0-9]+/',
  '^(MemTotal|MemAvailable|SwapTotal|SwapFree|VmRSS):',
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
 * 2. It runs on Linux in dash, bash and BusyBox ash: no arrays, no `local`, no [[ ]]. All variables are therefore global:
 *    `what` and `id` belong to the loop; `pids`, `files` and `lost` are kept for the next tick; `text` is output not written yet.
 * 3. A fast tick starts one process (`grep` over all files) and writes its output at once: sshd sends a packet per write, and the
 *    console decrypts each separately.
 * 4. Nothing in it may hang: no network file systems, and commands that query hardware get 5 s where `timeout` exists. Should
 *    one hang all the same, the script kills itself and everything it started, even if the console is gone.
 * 5. Decimal points are always points, never commas: LC_ALL=C.
 */
export const collectScript = `
LC_ALL=C; LANG=C; PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin
export LC_ALL LANG PATH
unset GREP_OPTIONS POSIXLY_CORRECT BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE
exec 2>/dev/null
cd /proc
has() { command -v "$1" >/dev/null; }
soon=; if timeout 2 true; then soon='timeout 5'; fi
system=$(uname -s)
pids=; files=; lost=1
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
  else echo "now $(date +%s%N)"; fi
}

find_media() {
  pids=; files=
  # Also mediamtx-1.20.1.
  for f in $(grep -lsxE 'mediamtx.*' /proc/[0-9]*/comm); do
    p=\${f%/comm}
    if [ \${#pids} -gt ${mostMediaProcesses * 8} ]; then continue; fi
    pids="$pids \${p#/proc/}"; files="$files $p/stat $p/status"
  done
}
# What it has open, whose it is, and at which ports its user and itself listen.
detail() {
  set -- /proc/$f/fd/*
  if [ -L "$1" ]; then echo "files $#"; fi
  grep -hsE '^(Max open files|Uid:)' /proc/$f/limits /proc/$f/status
  grep -hsE '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:0000 0A ' /proc/$f/net/tcp /proc/$f/net/tcp6 | head -n 200 | {
    list=
    while read -r n at n n n n n uid n inode n; do echo "listen \${at##*:} $uid $inode"; list="$list|$inode"; done
    ls -l /proc/$f/fd | grep -oE "socket:.(\${list#|})."
  }
}
details() { tell; for f in $pids; do echo '== media'; echo "pid $f"; detail; done; }
fast() {
  for f in $pids; do if [ ! -d "/proc/$f" ]; then lost=10; fi; done
  if [ "$lost" -gt 0 ]; then lost=$((lost - 1)); find_media; fi
  text="\${text}media$nl$(grep -hsE '${fastLines}' uptime sys/kernel/random/boot_id stat loadavg meminfo net/dev diskstats net/snmp net/snmp6 spl/kstat/zfs/arcstats $files)$nl"
}
slow() {
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
  grep -sH '' /sys/class/net/*/speed /sys/class/hwmon/hwmon*/name /sys/class/hwmon/hwmon*/device/model /sys/class/hwmon/hwmon*/temp*_input /sys/class/hwmon/hwmon*/temp*_label /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp
  nvidia
}
nvidia() {
  if has nvidia-smi; then
    echo '== nvidia'
    o='--format=csv,noheader,nounits'
    $soon nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu,utilization.encoder $o ||
    $soon nvidia-smi --query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu $o
  fi
}
processes() {
  echo '== names'; cut -d: -f1,3 /etc/passwd
  echo '== before'; cat /proc/uptime /proc/[0-9]*/stat | cut -d ' ' -f 1-30
  sleep 1
  echo '== after'; cat /proc/uptime /proc/[0-9]*/stat | cut -d ' ' -f 1-30
  echo '== owners'; grep -sE '^(Uid|VmRSS):' /proc/[0-9]*/status
}

# At which ports the machine listens and whose they are, what its service manager says of the media server, and the end of its log.
look() {
  for n in tcp tcp6 udp udp6; do
    echo "== sockets $n"
    grep -sE '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ 0+:0000 (0A|07) ' "/proc/net/$n" | head -n 500 | while read -r n at n n n n n uid rest; do echo "$at $uid"; done
  done
  echo '== names'; cut -d: -f1,3 /etc/passwd | head -n 1000
  echo '== unit'
  if [ -d /run/systemd/system ] && has systemctl; then $soon systemctl show -p LoadState -p ActiveState -p Result -p ExecMainStatus -p WorkingDirectory mediamtx.service; fi
  find_media
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

# f: what moves; s: the rest; m: details of the media servers, which s has with it; p: processes; l: listeners and log.
while read -r what id; do
  text="== system $system$nl"
  if [ "$system" = Linux ]; then
    case $what in *[smpl]*) tell; guard;; esac
    case $what in *s*) echo '== first'; now; echo "uname $(uname -n) $(uname -sr)"; find_media;; esac
    case $what in *f*) text="$text== fast$nl"; fast;; esac
    case $what in *s*) tell; echo '== slow'; slow; echo '== last'; now;; esac
    case $what in *[sm]*) details;; esac
    case $what in *p*) processes;; esac
    case $what in *l*) look;; esac
    case $what in *[smpl]*) unguard;; esac
  fi
  text="$text== END $id$nl"; tell
done
`
  // Shorter on its way; the shape is for people.
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('# '))
  .join('\n')
