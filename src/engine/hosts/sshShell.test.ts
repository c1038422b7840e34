import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { hostErrorText } from '../../i18n/errorText.ts'
import { collectScript, scriptLimitSeconds } from '../../shared/collectScript.ts'
import { collectLimits } from './hostCollector.ts'
import { createSshMeans, type SshRoute } from './sshConnection.ts'
import { SshShell } from './sshShell.ts'
import {
  createKeyFolder,
  createKeyPair,
  createTestSshd,
  cutConnections,
  eventually,
  hasSshd,
  type KeyPair,
  processesWith,
  type TestSshd,
} from './testSshd.fixture.ts'

const never = new AbortController().signal
const options = { timeoutMs: 10_000, maxBytes: 1 << 20 }
/** `$` `"` quotes, back-ticks, `!` and line breaks: what a login shell may stumble over. */
const script = (mark: string) => `
# ${mark} it's "quoted" \`here\`, \\ too!
while read -r line id; do
  case $line in
    fast) printf '== cpu\\n%s 50%%!\\n' "fast \\"$line\\"" ;;
    pid) printf '== pid\\n%s\\n' "$$" ;;
    environment) echo '== env'; env ;;
    terminal) echo '== tty'; if test -t 0; then echo terminal; else echo none; fi ;;
    noisy) echo 'Welcome!'; echo 'mail: none'; echo '== cpu'; echo loud; echo 'to nobody' >&2 ;;
    hang) echo '== cpu'; sleep 98761.$$ ;;
    endless) echo '== cpu'; while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done ;;
    shout) while :; do echo eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee >&2; done ;;
    stop) echo '== cpu'; exit 3 ;;
  esac
  printf '== END %s\\n' "$id"
done`

/** Its shell has the text of the script, and with it these words, too. */
const isAsleep = () => processesWith('sleep 98761').some(({ args }) => args.startsWith('sleep '))
/** What our own script would end by itself. */
const endSleepers = () => {
  for (const { pid } of processesWith('sleep 98761')) process.kill(pid, 'SIGKILL')
}

describe.skipIf(!hasSshd)('a script that stays open on a real sshd', () => {
  const keys = createKeyFolder()
  let key: KeyPair
  let sshd: TestSshd
  beforeAll(async () => {
    key = createKeyPair(keys.path, 'user')
    sshd = await createTestSshd()
    sshd.authorize(key)
  })
  afterAll(async () => {
    await sshd?.[Symbol.asyncDispose]()
    keys[Symbol.dispose]()
  })
  const open = (mark: string, more: Partial<SshRoute> = {}, run = script(mark), means = createSshMeans(createSystemClock())) => {
    const auth = { kind: 'key', key: key.privateText, keyFile: null, passphrase: null } as const
    const route = { target: sshd.target, jump: [], auth, knownHostsFiles: [sshd.knownHostsFile], accepted: () => [], ...more }
    const shell = new SshShell(means, route, run)
    return { shell, [Symbol.dispose]: () => shell.close() }
  }
  const text = async ({ shell }: { readonly shell: SshShell }, line: string, limits = options) => {
    const answer = await shell.ask(line, limits, never)
    return answer.ok ? answer.value.bytes.toString() : answer.error
  }

  it('answers each line, by one process, with nothing lost in quoting', async () => {
    using host = open('mark-answers')
    expect(await text(host, 'fast')).toBe('== cpu\nfast "fast" 50%!\n')
    const pids = await Promise.all([text(host, 'pid'), text(host, 'pid'), text(host, 'pid')])
    expect(new Set(pids).size).toBe(1)
    expect(await text(host, 'noisy')).toBe('== cpu\nloud\n')
  })

  it('asks for no terminal, lends no agent and sets no environment', async () => {
    using host = open('mark-plain')
    expect(await text(host, 'terminal')).toBe('== tty\nnone\n')
    const environment = await text(host, 'environment')
    expect(environment).toContain('SSH_CONNECTION=')
    expect(environment).not.toContain('SSH_AUTH_SOCK')
    expect(environment).not.toContain('SSH_TTY')
  })

  it('leaves no process behind when it is closed', async () => {
    const host = open('mark-closed')
    await text(host, 'fast')
    expect(processesWith('mark-closed')).toHaveLength(1)
    host.shell.close()
    await eventually('the script ended with its connection', () => processesWith('mark-closed').length === 0)
    expect(await text(host, 'fast')).toMatchObject({ kind: 'closed' })
  })

  it('leaves no process behind when the connection is cut, and connects again', async () => {
    using host = open('mark-cut')
    await text(host, 'fast')
    cutConnections(sshd)
    await eventually('the cut is seen', () => !host.shell.isConnected())
    await eventually('the script ended with its connection', () => processesWith('mark-cut').length === 0)
    expect(await text(host, 'fast')).toContain('fast')
  })

  it('gives a host up that hangs in the middle, and connects again', async () => {
    using host = open('mark-hang')
    const before = await text(host, 'pid')
    const outcome = await text(host, 'hang', { ...options, timeoutMs: 600 })
    expect(outcome).toMatchObject({ kind: 'hung' })
    const after = await text(host, 'pid')
    expect(after).toMatch(/^== pid\n\d+\n$/)
    expect(after).not.toBe(before)
    endSleepers()
  })

  it('replaces a connection on which nothing comes any more', async () => {
    let forgotten = false
    // A firewall that forgets: it goes on to take what is sent on the old connection.
    const firewall = createServer((socket) => {
      const mine = connect(sshd.target.port, sshd.target.host)
      const isOld = !forgotten
      const pass = (from: Socket, to: Socket) =>
        from
          .on('data', (chunk) => void (isOld && forgotten ? null : to.write(chunk)))
          .on('close', () => to.destroy())
          .on('error', () => {})
      pass(socket, mine)
      pass(mine, socket)
    })
    firewall.listen(0, '127.0.0.1')
    await once(firewall, 'listening')
    const { port } = firewall.address() as AddressInfo
    const target = { ...sshd.target, port }
    writeFileSync(join(keys.path, 'behind'), readFileSync(sshd.knownHostsFile, 'utf8').replaceAll(`:${sshd.target.port} `, `:${port} `))
    try {
      using host = open('mark-forgotten', { target, knownHostsFiles: [join(keys.path, 'behind')] })
      expect(await text(host, 'fast')).toContain('fast')
      forgotten = true
      expect(await text(host, 'fast', { ...options, timeoutMs: 300 })).toMatchObject({ kind: 'hung' })
      expect(await text(host, 'fast')).toContain('fast')
      host.shell.close()
      await eventually('both scripts ended with their connections', () => processesWith('mark-forgotten').length === 0)
    } finally {
      firewall.close()
    }
  })

  it('fails a question that hangs when the host is closed meanwhile', async () => {
    const host = open('mark-leave')
    await text(host, 'fast')
    const asked = text(host, 'hang')
    await eventually('it hangs', isAsleep)
    host.shell.close()
    expect(await asked).toMatchObject({ kind: 'closed' })
    endSleepers()
  })

  it('ends a question whose signal is aborted', async () => {
    using host = open('mark-abort')
    const stop = new AbortController()
    const asked = host.shell.ask('hang', options, stop.signal)
    await eventually('it hangs', isAsleep)
    stop.abort(new Error('asked no more'))
    await expect(asked).rejects.toThrow('asked no more')
    expect(await text(host, 'fast')).toContain('fast')
    endSleepers()
  })

  it('ends what hosts are really asked by itself, where a command hangs there', async () => {
    const folder = join(keys.path, 'hanging')
    mkdirSync(folder)
    // No `timeout` on this host, and a disk that does not answer.
    writeFileSync(join(folder, 'timeout'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    writeFileSync(join(folder, 'df'), '#!/bin/sh\nsleep 98764\n', { mode: 0o755 })
    const file = join(folder, 'collect-that-hangs')
    const shorter = collectScript.replace(`sleep ${scriptLimitSeconds} `, 'sleep 3 ')
    expect(shorter).not.toBe(collectScript)
    writeFileSync(file, `#!/bin/sh\nPATH=${folder}:$PATH\n${shorter}\n`, { mode: 0o755 })
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${file}"`)
    using host = open('', { target: other.target, knownHostsFiles: [other.knownHostsFile] }, collectScript)
    const stop = new AbortController()
    const asked = host.shell.ask('fs', options, stop.signal)
    await eventually('it hangs', () => processesWith('sleep 98764').length > 0)
    stop.abort(new Error('asked no more'))
    await expect(asked).rejects.toThrow('asked no more')
    await eventually('it ended by itself', () => processesWith(file).length === 0 && processesWith('sleep 98764').length === 0)
  })

  it.each(['endless', 'shout'])('cuts a host off that does not stop answering (%s), and connects again', async (line) => {
    using host = open(`mark-${line}`)
    expect(await text(host, line, { timeoutMs: 10_000, maxBytes: 300_000 })).toMatchObject({ kind: 'answerBroken', said: { kind: 'sendsTooMuch' } })
    await eventually('the script ended', () => processesWith(`mark-${line}`).length === 0)
    expect(await text(host, 'fast')).toContain('fast')
  })

  it('says when a script ends in the middle of its answer', async () => {
    using host = open('mark-stop')
    await text(host, 'fast')
    expect(await text(host, 'stop')).toMatchObject({ kind: 'answerBroken' })
    expect(await text(host, 'fast')).toContain('fast')
  })

  it('lets other hosts answer while one hangs', async () => {
    const means = createSshMeans(createSystemClock())
    const [one, two] = [open('mark-one', {}, script('mark-one'), means), open('mark-two', {}, script('mark-two'), means)]
    let hangs = true
    const asked = text(one, 'hang', { ...options, timeoutMs: 3_000 }).finally(() => {
      hangs = false
    })
    for (let turn = 0; turn < 20; turn++) expect(await text(two, 'fast')).toContain('fast')
    expect(hangs).toBe(true)
    one.shell.close()
    two.shell.close()
    expect(await asked).toMatchObject({ kind: 'closed' })
    endSleepers()
  })

  const quoting = (words: string) => ({ kind: 'quoted', text: expect.stringContaining(words) })
  const forced: readonly [string, string, string, object | null][] = [
    ['that is a banner and no more', 'echo Keep out of here', 'answerBroken', quoting('Keep out of here')],
    ['that refuses in words', "echo 'This account is currently not available.'; exit 1", 'commandRefused', quoting('currently not available')],
    ['that refuses without a word', '/bin/false', 'commandRefused', null],
    ['whose shell is not there', 'echo sh: not found >&2; exit 127', 'commandRefused', quoting('sh: not found')],
    ['that says something and goes quiet', 'echo Welcome to the jungle; sleep 98762', 'answerBroken', quoting('Welcome to the jungle')],
    ['that says nothing at all', 'sleep 98762', 'hung', null],
  ]
  it.each(forced)('recognizes a command %s', async (_name, forcedCommand, kind, said) => {
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${forcedCommand}"`)
    using host = open('mark-forced', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    expect(await text(host, 'fast', { ...options, timeoutMs: 1_500 })).toMatchObject({ kind, said })
    host.shell.close()
    for (const { pid } of processesWith('sleep 98762')) process.kill(pid, 'SIGKILL')
  })

  it('runs what hosts are really asked, and as a forced command too; nothing of it stays', async () => {
    const file = join(keys.path, 'mtxdeck-collect')
    writeFileSync(file, `#!/bin/sh\n${collectScript}\n`, { mode: 0o755 })
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${file}"`)
    for (const target of [sshd, other]) {
      using host = open('', { target: target.target, knownHostsFiles: [target.knownHostsFile] }, `: mark-real\n${collectScript}`)
      for (const question of ['fs', 'f', 'f'] as const) {
        const answer = await host.shell.ask(question, collectLimits[question], never)
        if (!answer.ok) throw new Error(hostErrorText(answer.error, 'en'))
        expect(answer.value.bytes.toString()).toMatch(question === 'fs' ? /== first\n[\s\S]*== fast\n[\s\S]*== slow\n/ : /^== \w+ ?\w*\n[\s\S]*cpu /)
      }
      expect(processesWith('mark-real').length + processesWith(file).length).toBeGreaterThan(0)
      host.shell.close()
      await eventually('it ended', () => processesWith('mark-real').length + processesWith(file).length === 0)
    }
  })

  it('keeps a channel open to a forced command that runs the same script', async () => {
    await using other = await createTestSshd()
    other.authorize(key, "restrict,command=\"while read -r l id; do echo '== cpu'; echo $l; echo '== END' $id; done\"")
    using host = open('mark-guide', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    for (let turn = 0; turn < 3; turn++) expect(await text(host, `turn${turn}`)).toBe(`== cpu\nturn${turn}\n`)
  })
})
