import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confine } from './confine.ts'
import { type ForkedNode, forkNode, letGo } from './forkNode.ts'
import { findSandbox, pidWithin, type Sandbox, stateOf } from './sandbox.ts'

const projectDir = join(import.meta.dirname, '..', '..')
const fixture = new URL('./sandboxed.fixture.ts', import.meta.url)
/** Where this checkout lies below /tmp, the way to it is seen there. */
const underTmp = projectDir.startsWith('/tmp/') ? projectDir.split('/').slice(2, 3) : []
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-sandbox-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A process that has ended and that nobody has asked about is gone, too. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
const parentOf = (pid: number): number => {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
  } catch {
    return 0
  }
}
/** What is in the sandbox of this process: all that comes of its first process, and that one. */
function allIn(pid: number): readonly number[] {
  const first = parentOf(pid)
  const isIn = (one: number): boolean => one === first || (one > 1 && isIn(parentOf(one)))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(isIn)
}
async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await nextTurn()
}
const firstMessage = (child: ForkedNode): Promise<unknown> => new Promise((resolve) => child.on('message', resolve))

describe('a sandbox', () => {
  let sandbox: Sandbox
  const here =
    spawnSync(process.execPath, [
      '--input-type=module',
      '-e',
      `const { findSandbox } = await import(${JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)}); process.exit(typeof (await findSandbox()) === 'string' ? 1 : 0)`,
    ]).status === 0
  if (!here) console.log('No sandbox here: it needs Linux, apt-get install bubblewrap, and a system that lets this user have namespaces.')
  const it = test.runIf(here)
  beforeAll(async () => {
    if (here) sandbox = (await findSandbox()) as Sandbox
  })
  const given = join(mkdtempSync('/tmp/mtxdeck-given-'), 'a file')
  writeFileSync(given, 'given')
  afterAll(() => rmSync(dirname(given), { recursive: true }))
  const start = (env: NodeJS.ProcessEnv = { PATH: process.env.PATH }) =>
    forkNode(fixture, { by: sandbox.around([process.execPath, join(projectDir, 'src'), join(projectDir, 'package.json'), given]), env })

  it('hides all files but those that are for it, and lets it write none', async () => {
    const secret = join(folder, 'id_ed25519')
    const data = join(folder, 'data')
    mkdirSync(data, { recursive: true })
    writeFileSync(secret, 'PRIVATE KEY')
    writeFileSync(join(data, 'main.db'), 'credentials')
    const own = join(projectDir, 'package.json')
    const child = start()
    const message = firstMessage(child)
    const reads = [secret, join(data, 'main.db'), homedir(), '/etc/shadow', '/etc/passwd', `/proc/1/root${secret}`, join(projectDir, 'README.md'), own, given]
    const writes = [own, given, '/usr/x', '/etc/hosts', '/x', '/dev/x', '/tmp/mtxdeck-own']
    child.postMessage({ kind: 'tries', reads, writes, kills: process.pid })
    expect(await message).toMatchObject({
      read: [
        'ENOENT',
        'ENOENT',
        homedir() === '/' ? 'EISDIR' : 'ENOENT',
        'ENOENT',
        'ENOENT',
        expect.stringMatching(/^E(ACCES|NOENT|PERM)$/),
        'ENOENT',
        readFileSync(own, 'latin1'),
        'given',
      ],
      written: [...Array(6).fill(expect.stringMatching(/^E(ROFS|ACCES)$/)), 'done'],
      temporary: ['mtxdeck-own', basename(dirname(given)), ...underTmp].toSorted(),
    })
    expect(existsSync('/tmp/mtxdeck-own')).toBe(false)
    child.postMessage(letGo)
    await child.ended
  })

  it('hides all other processes, and gives no rights', async () => {
    const child = start({ PATH: process.env.PATH, OWN: '1' })
    const message = firstMessage(child)
    child.postMessage({ kind: 'tries', reads: [], writes: [], kills: process.pid })
    const none = '0000000000000000'
    const { firstEnvironment, ...found } = (await message) as { readonly firstEnvironment: readonly string[] }
    expect(found).toMatchObject({ processes: 2, killed: 'ESRCH', rights: Array(5).fill(none), noNewPrivileges: '1' })
    expect(found).not.toMatchObject({ mounted: 0 })
    expect(found).not.toMatchObject({ unshared: 0 })
    // The first process there has what it was started with, and nothing of this one.
    const names = firstEnvironment.map((line) => line.split('=', 1)[0])
    expect(names).toContain('OWN')
    expect(names.filter((name) => name === 'HOME' || name === 'VITEST' || name?.startsWith('MTXDECK'))).toEqual([])
    child.postMessage(letGo)
    await child.ended
  })

  it('passes on messages with bytes, and how it ended', async () => {
    const child = start()
    const bytes = new Uint8Array(5_000_000).fill(7)
    const message = firstMessage(child)
    child.postMessage({ kind: 'echo', bytes })
    expect(Buffer.compare(bytes, (await message) as Uint8Array)).toBe(0)
    child.postMessage({ kind: 'exit', code: 70 })
    expect(await child.ended).toBe('70')
  })

  it.each(['let go', 'killed', 'killed inside'])('ends with all that was started in it when it is %s', async (how) => {
    const child = start()
    const message = firstMessage(child)
    child.postMessage({ kind: 'leave' })
    await message
    const pid = pidWithin(child.pid ?? 0) ?? 0
    const all = allIn(pid)
    // The first process, the one that was started, and the one that this one left.
    expect(all.length).toBeGreaterThanOrEqual(3)
    expect(all).toContain(pid)
    if (how === 'let go') child.postMessage(letGo)
    else if (how === 'killed') child.kill()
    else process.kill(pid, 'SIGKILL')
    await child.ended
    await untilGone(all)
    expect(pidWithin(child.pid ?? 0)).toBeNull()
  })

  it('ends with all that was started in it when its parent is killed outright', async () => {
    const parent = forkNode(fixture, { args: ['hold'] })
    const { pid } = (await firstMessage(parent)) as { readonly pid: number }
    const all = [...allIn(pid), parentOf(parentOf(pid))]
    expect(all.length).toBeGreaterThanOrEqual(4)
    expect(all.every(isRunning)).toBe(true)
    parent.kill()
    await parent.ended
    await untilGone(all)
  })
})

describe.runIf(process.platform === 'linux')('the state of files', () => {
  test('is another one once a file was replaced, and the same while folders and files change in place', () => {
    const inside = join(folder, 'inside')
    mkdirSync(inside)
    const list = join(folder, 'resolv.conf')
    writeFileSync(list, 'nameserver 10.0.0.1\n')
    const state = () => stateOf([inside, list, join(folder, 'later')])
    const before = state()
    writeFileSync(join(inside, 'more'), '')
    writeFileSync(list, 'nameserver 10.0.0.2\n')
    expect(state()).toBe(before)
    writeFileSync(`${list}.new`, 'nameserver 10.0.0.3\n')
    renameSync(`${list}.new`, list)
    const replaced = state()
    expect(replaced).not.toBe(before)
    writeFileSync(join(folder, 'later'), '')
    expect(state()).not.toBe(replaced)
  })
})

describe('how a process is confined', () => {
  const options = { projectDir, node: process.execPath, entry: join(projectDir, 'src/media/index.ts'), env: {} }
  test('is said where it is switched off', async () => {
    expect((await confine({ ...options, wanted: 'off' })).kind).toBe('off')
  })
  test.runIf(process.platform !== 'linux')('is said where the system has no sandboxes', async () => {
    expect((await confine({ ...options, wanted: null })).kind).toBe('otherSystem')
  })

  const forbid = ['--user', '--map-root-user', 'sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', 'sh']
  const canForbid = process.platform === 'linux' && spawnSync('unshare', [...forbid, 'true']).status === 0
  test.runIf(canForbid)('is said where the machine allows no namespaces, and Node then starts as it can', () => {
    const script = `const { confine } = await import(${JSON.stringify(new URL('./confine.ts', import.meta.url).href)})
      const { kind, by } = await confine({ ...${JSON.stringify(options)}, wanted: null })
      console.log(JSON.stringify([kind, by([])]))`
    const said = spawnSync('unshare', [...forbid, process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8' })
    const [kind, by] = JSON.parse(said.stdout)
    expect(kind).toBe(existsSync('/usr/bin/bwrap') ? 'refused' : 'missing')
    expect(by.join(' ')).not.toMatch(/bwrap|unshare/)
  })
})
