import { execFile } from 'node:child_process'
import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * A program in a sandbox has namespaces of its own, made by bubblewrap: it sees the files that it is given, read-only, and an empty /tmp that is gone with it; no other
 * process; and it has no rights. Network and time are those of the machine. Linux only (docs/adr/0022).
 */

export interface Sandbox {
  /** Put before a program and its arguments, it runs in a sandbox in which it can read `files`, which are files and whole folders. What is not there is left out. */
  readonly around: (files: readonly string[]) => readonly string[]
}
/** Why there is none here: no bubblewrap on Linux, a system that allows it no namespaces, as many containers do not, or another system. */
type NoSandbox = 'missing' | 'refused' | 'otherSystem'

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

let found: Promise<Sandbox | NoSandbox> | null = null

/** How a sandbox is made on this machine, tried once, which takes some hundredths of a second; or why there is none. */
export function findSandbox(): Promise<Sandbox | NoSandbox> {
  const find = async (): Promise<Sandbox | NoSandbox> => {
    if (process.platform !== 'linux') return 'otherSystem'
    const bwrap = programAt('bwrap')
    if (bwrap === null) return 'missing'
    for (const way of bwrapWays) {
      const around = aroundByBwrap(bwrap, way)
      if (await isAllowed(around)) return { around }
    }
    return 'refused'
  }
  found ??= find()
  return found
}
