import { execFile } from 'node:child_process'
import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * A program in a sandbox has namespaces of its own: it sees the files that it is given, read-only, and an empty /tmp that is gone with it; no other
 * process; and it has no rights. Network and time are those of the machine. Linux only (docs/adr/0022).
 */

/** How a sandbox is made: by bubblewrap, or by `unshare` and `setpriv` of util-linux. */
export const launchers = ['bwrap', 'unshare'] as const
export type Launcher = (typeof launchers)[number]

export interface Sandbox {
  readonly launcher: Launcher
  /** Put before a program and its arguments, it runs in a sandbox in which it can read `files`, which are files and whole folders. What is not there is left out. */
  readonly around: (files: readonly string[]) => readonly string[]
}

/** Where a program of the system may be: by whole paths, because the PATH may change while the console runs. */
const programFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin']
/** What programs of the system need. Of /etc only this: it has secrets, too, if this user is root. */
const systemFiles: readonly string[] = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store', '/run/current-system/sw'],
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'localtime', 'services', 'protocols'].map((name) => `/etc/${name}`),
  ...['resolv.conf', 'hosts', 'nsswitch.conf', 'host.conf', 'gai.conf'].map((name) => `/etc/${name}`),
  ...[
    'ssl/certs',
    'ssl/cert.pem',
    'ssl/openssl.cnf',
    'pki/tls/certs',
    'pki/tls/cert.pem',
    'pki/ca-trust/extracted',
    'ca-certificates/extracted',
    'crypto-policies',
  ].map((name) => `/etc/${name}`),
]
const devices = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`)
const temporaryBytes = 64 * 1024 * 1024
const tryLimitMs = 20_000

type Step = readonly ['bind', path: string] | readonly ['link', to: string, at: string]

/** Symbolic links on the way to a path, from the outside, and where it leads; null: nowhere. */
function wayTo(path: string): { readonly links: readonly (readonly [at: string, to: string])[]; readonly file: string } | null {
  const links: (readonly [string, string])[] = []
  let left = resolve(path).split('/').slice(1)
  let at = '/'
  try {
    while (left.length > 0) {
      const next = join(at, left[0] ?? '')
      left = left.slice(1)
      if (!lstatSync(next).isSymbolicLink()) {
        at = next
        continue
      }
      const to = readlinkSync(next)
      links.push([next, to])
      if (links.length > 40) return null
      left = [...resolve(dirname(next), to).split('/').slice(1), ...left]
      at = '/'
    }
  } catch {
    return null
  }
  return at === '/' ? null : { links, file: at }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** What is mounted and linked so that the files are where they are outside, outer folders first. */
function stepsFor(files: readonly string[]): readonly Step[] {
  const found = [...systemFiles, ...files].flatMap((path) => wayTo(path) ?? [])
  const binds: string[] = []
  for (const file of found.map((one) => one.file).toSorted()) if (!binds.some((folder) => isWithin(file, folder))) binds.push(file)
  const links = new Map(found.flatMap((one) => one.links).filter(([at]) => !binds.some((folder) => isWithin(at, folder))))
  return [...[...links].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([at, to]) => ['link', to, at] as const), ...binds.map((path) => ['bind', path] as const)]
}

/**
 * Changes whenever a sandbox of these files would show other ones than a running one does: a file that was replaced is still the old one there. What
 * is within folders is always as it is.
 */
export function stateOf(files: readonly string[]): string {
  const states = stepsFor(files).map(([kind, path, at]) => {
    if (kind === 'link') return [path, at]
    const { ino, dev, mode } = statSync(path, { throwIfNoEntry: false }) ?? { ino: 0, dev: 0, mode: 0 }
    return [path, ino, dev, mode]
  })
  return JSON.stringify(states)
}

const bwrapBase = [
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session'],
]
/** The second one is for bubblewrap before 0.8, which can't forbid further namespaces. */
const bwrapWays: readonly (readonly string[])[] = [['--disable-userns', ...bwrapBase], bwrapBase]

function aroundByBwrap(bwrap: string, way: readonly string[]): Sandbox['around'] {
  return (files) => [
    // First, because a file for it may be in there.
    ...[bwrap, ...way, '--size', String(temporaryBytes), '--perms', '1777', '--tmpfs', '/tmp'],
    ...stepsFor(files).flatMap(([kind, path, at = path]) => [kind === 'link' ? '--symlink' : '--ro-bind', path, at]),
    ...devices.flatMap((path) => ['--dev-bind', path, path]),
    ...['--proc', '/proc', '--remount-ro', '/', '--chdir', '/', '--'],
  ]
}

/**
 * Runs with all rights in a new user namespace, builds the file system on /sys, where nothing is that is needed, and gives up both the old one and its
 * rights. A mount keeps the options that it has outside: they may not be taken from it. The first process of a process namespace is a shell
 * without rights, because signals of its own would not end that one.
 */
const unshareScript = `set -eu
path=\${PATH-}
PATH=/usr/sbin:/usr/bin:/sbin:/bin
new=/sys/new
mount -t tmpfs none /sys
mkdir $new
mount -t tmpfs -o mode=755,nosuid,nodev none $new
mkdir $new/tmp
mount -t tmpfs -o mode=1777,size=${temporaryBytes},nosuid,nodev none $new/tmp
place() {
  if [ -d "$1" ]; then mkdir -p "$new$1"; else mkdir -p "$new\${1%/*}"; : > "$new$1"; fi
  mount --rbind "$1" "$new$1"
}
while :; do
  case $1 in
    bind) place "$2"; shift 2 ;;
    link) mkdir -p "$new\${3%/*}"; ln -s "$2" "$new$3"; shift 3 ;;
    *) shift; break ;;
  esac
done
for device in ${devices.join(' ')}; do place $device; done
while read -r _ _ _ _ at options _; do
  case $at in
    $new/tmp) ;;
    $new/dev/*) mount -o "remount,bind,$options,nosuid,ro" "$at" ;;
    $new/*) mount -o "remount,bind,$options,nosuid,nodev,ro" "$(printf '%b' "$at")" ;;
  esac
done < /proc/self/mountinfo
mkdir $new/proc $new/old
mount -t proc -o nosuid,nodev,noexec proc $new/proc
cd $new
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /
echo 0 > /proc/sys/user/max_user_namespaces
setpriv=$(command -v setpriv)
PATH=$path
exec "$setpriv" --no-new-privs --bounding-set=-all --inh-caps=-all -- /bin/sh -c '"$@"; exit $?' sh "$@"`

function aroundByUnshare(setpriv: string, unshare: string): Sandbox['around'] {
  return (files) => [
    ...[setpriv, '--no-new-privs', '--pdeathsig', 'KILL', '--'],
    ...[unshare, '--user', '--map-root-user', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child=KILL', '--'],
    ...['/bin/sh', '-c', unshareScript, 'sh', ...stepsFor(files).flat(), '--'],
  ]
}

function programAt(name: string): string | null {
  for (const folder of programFolders) {
    try {
      return statSync(join(folder, name)).isFile() ? realpathSync(join(folder, name)) : null
    } catch {
      // Not in this one.
    }
  }
  return null
}

/** Whether a program runs in it, and can see itself. */
function isAllowed(around: Sandbox['around']): Promise<boolean> {
  const [program = '', ...args] = [...around([]), '/bin/sh', '-c', 'read -r pid _ < /proc/self/stat && [ "$pid" -gt 1 ]']
  return new Promise((tried) => {
    execFile(program, args, { timeout: tryLimitMs, killSignal: 'SIGKILL', env: {} }, (error) => tried(error === null))
  })
}

/** Ways of this machine to make one, the best first. */
function waysHere(only: Launcher | null): readonly Sandbox[] {
  const bwrap = programAt('bwrap')
  const [setpriv, unshare] = [programAt('setpriv'), programAt('unshare')]
  const ways: Sandbox[] = []
  if (bwrap !== null && only !== 'unshare') for (const way of bwrapWays) ways.push({ launcher: 'bwrap', around: aroundByBwrap(bwrap, way) })
  if (setpriv !== null && unshare !== null && only !== 'bwrap') ways.push({ launcher: 'unshare', around: aroundByUnshare(setpriv, unshare) })
  return ways
}

/** The process in a sandbox, from the one that made it: that has one child, the first process in there, and this one again. null: not yet, or no more. */
export function pidWithin(launcherPid: number): number | null {
  let pid = launcherPid
  for (let depth = 0; depth < 2; depth++) {
    try {
      pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ', 1)[0])
    } catch {
      return null
    }
    if (pid === 0) return null
  }
  return pid
}

const found = new Map<Launcher | null, Promise<Sandbox | null>>()

/**
 * How a sandbox is made on this machine, tried once, which takes some hundredths of a second; `only` restricts it to one launcher. null: not at all,
 * because the system is another one, lacks the programs, or does not allow namespaces, as many containers do not.
 */
export function findSandbox(only: Launcher | null = null): Promise<Sandbox | null> {
  const find = async (): Promise<Sandbox | null> => {
    if (process.platform !== 'linux') return null
    for (const way of waysHere(only)) if (await isAllowed(way.around)) return way
    return null
  }
  const known = found.get(only) ?? find()
  found.set(only, known)
  return known
}
