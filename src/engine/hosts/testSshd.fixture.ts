import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../tests/freePort.ts'
import type { SshTarget } from './sshTarget.ts'

const sshdPath = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync)

/** Whether this machine has OpenSSH's server and tools; tests with it are skipped where not. */
export const hasSshd = sshdPath !== undefined && process.platform !== 'win32' && spawnSync('ssh-keygen', ['-?']).error === undefined

/** A folder for keys and such, deleted by `using`. */
export function createKeyFolder() {
  const path = mkdtempSync(join(tmpdir(), 'mtxdeck-ssh-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** A key pair of ssh-keygen's: `args` choose type and format. */
export function createKeyPair(folder: string, name: string, args: readonly string[] = ['-t', 'ed25519'], passphrase = '') {
  const file = join(folder, name)
  execFileSync('ssh-keygen', ['-q', ...args, '-N', passphrase, '-C', name, '-f', file])
  const publicLine = readFileSync(`${file}.pub`, 'utf8').trim()
  const fingerprint = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? ''
  return { file, privateText: readFileSync(file, 'utf8'), publicLine, keyType: publicLine.split(' ')[0] ?? '', fingerprint }
}
export type KeyPair = ReturnType<typeof createKeyPair>

export interface TestSshd {
  readonly target: SshTarget
  /** By name of the type: ed25519, ecdsa, rsa. */
  readonly hostKeys: ReadonlyMap<string, KeyPair>
  /** Lets a key in; `options` as authorized_keys has them before it. */
  readonly authorize: (key: KeyPair, options?: string) => void
  /** A known_hosts file that holds its keys. */
  readonly knownHostsFile: string
  readonly folder: string
  /** Ends the server and the connections it has. */
  readonly stop: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Debian's sshd on loopback, as the current user, with keys and configuration of its own. */
export async function createTestSshd(config: readonly string[] = [], hostKeyTypes: readonly string[] = ['ed25519']): Promise<TestSshd> {
  if (sshdPath === undefined) throw new Error('there is no sshd here')
  const folder = createKeyFolder()
  // What the start script of the system does; sshd insists on it for root.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const hostKeys = new Map(hostKeyTypes.map((type) => [type, createKeyPair(folder.path, `host_${type}`, ['-t', type])]))
  const authorizedKeys = join(folder.path, 'authorized_keys')
  writeFileSync(authorizedKeys, '', { mode: 0o600 })
  const port = await freePort()
  const configFile = join(folder.path, 'sshd_config')
  writeFileSync(
    configFile,
    [
      ...config,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...[...hostKeys.values()].map(({ file }) => `HostKey ${file}`),
      `AuthorizedKeysFile ${authorizedKeys}`,
      `PidFile ${join(folder.path, 'sshd.pid')}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PrintMotd no',
      '',
    ].join('\n'),
  )
  const knownHostsFile = join(folder.path, 'known_hosts')
  writeFileSync(knownHostsFile, [...hostKeys.values()].map(({ publicLine }) => `[127.0.0.1]:${port} ${publicLine}\n`).join(''))
  const child = spawn(sshdPath, ['-D', '-e', '-f', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening')) resolve()
    })
    child.once('exit', () => reject(new Error(`sshd did not start: ${log}`)))
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      for (const pid of sessionsOf(child.pid)) end(pid, 'SIGTERM')
      end(child.pid, 'SIGTERM')
    }
    await exited
  }
  return {
    target: { user: userInfo().username, host: '127.0.0.1', port },
    hostKeys,
    authorize: (key, options = '') => appendFileSync(authorizedKeys, `${options}${options === '' ? '' : ' '}${key.publicLine}\n`),
    knownHostsFile,
    folder: folder.path,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      folder[Symbol.dispose]()
    },
  }
}

/** It may have ended by itself just now. */
function end(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const processes = () =>
  execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 16 << 20 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), parent: Number(match[2]), args: match[3] ?? '' }))

/** The processes of sshd that serve its connections. */
const sessionsOf = (parent: number) =>
  processes()
    .filter((one) => one.parent === parent)
    .map((one) => one.pid)

/** Ends the connections of a server the hard way, as when a cable is cut. */
export function cutConnections(sshd: TestSshd): void {
  const parent = Number(readFileSync(join(sshd.folder, 'sshd.pid'), 'utf8'))
  for (const pid of sessionsOf(parent)) end(pid, 'SIGKILL')
}

/** Processes whose command line holds a text, but not those of the test run. */
export function processesWith(text: string) {
  return processes().filter((one) => one.args.includes(text) && !one.args.includes('vitest'))
}

/** Waits until something is so; fails by name after ten seconds. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (await isSo()) return
    await pause(50)
  }
  throw new Error(`never: ${what}`)
}
