import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { hostErrorText } from '../../shared/words/errorText.ts'
import { collectLimits, collectScript, scriptLimitSeconds } from './collectScript.ts'
import { createSsh2, killLimitMs, type RemoteShell } from './ssh2Transport.ts'
import { createKeyFolder, createKeyPair, createTestSshd, cutConnections, eventually, hasSshd, type KeyPair, processesWith, type TestSshd } from './testSshd.ts'
import type { ShellChannel } from './transport.ts'

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
  const remote = (mark: string, more: Partial<RemoteShell> = {}): RemoteShell => ({
    target: sshd.target,
    jump: [],
    auth: { kind: 'key', key: key.privateText, keyFile: null, passphrase: null },
    knownHostsFiles: [sshd.knownHostsFile],
    accepted: () => [],
    script: script(mark),
    ...more,
  })
  const open = async (mark: string, more: Partial<RemoteShell> = {}) => {
    const transport = createSsh2(createSystemClock()).transport(remote(mark, more))
    const channel = await transport.open(never)
    if (!channel.ok) throw new Error(hostErrorText(channel.error, 'en'))
    return { transport, channel: channel.value, [Symbol.dispose]: transport.close }
  }
  const text = async (channel: ShellChannel, line: string, limits = options) => {
    const answer = await channel.ask(line, limits, never)
    return answer.ok ? Buffer.from(answer.value).toString() : answer.error
  }

  it('answers each line, by one process, with nothing lost in quoting', async () => {
    using host = await open('mark-answers')
    expect(await text(host.channel, 'fast')).toBe('== cpu\nfast "fast" 50%!\n')
    const pids = await Promise.all([text(host.channel, 'pid'), text(host.channel, 'pid'), text(host.channel, 'pid')])
    expect(new Set(pids).size).toBe(1)
    expect(host.channel.way()).toBe('channel')
    expect(await text(host.channel, 'noisy')).toBe('== cpu\nloud\n')
  })

  it('asks for no terminal, lends no agent and sets no environment', async () => {
    using host = await open('mark-plain')
    expect(await text(host.channel, 'terminal')).toBe('== tty\nnone\n')
    const environment = await text(host.channel, 'environment')
    expect(environment).toContain('SSH_CONNECTION=')
    expect(environment).not.toContain('SSH_AUTH_SOCK')
    expect(environment).not.toContain('SSH_TTY')
  })

  it('leaves no process behind when it is closed', async () => {
    const host = await open('mark-closed')
    await text(host.channel, 'fast')
    expect(processesWith('mark-closed')).toHaveLength(1)
    host.channel.close()
    await eventually('the script ended with its channel', () => processesWith('mark-closed').length === 0)
    const again = await host.transport.open(never)
    if (!again.ok) throw new Error(hostErrorText(again.error, 'en'))
    await text(again.value, 'fast')
    expect(processesWith('mark-closed')).toHaveLength(1)
    host.transport.close()
    await eventually('the script ended with its connection', () => processesWith('mark-closed').length === 0)
  })

  it('leaves no process behind when the connection is cut, reports it, and connects again', async () => {
    using host = await open('mark-cut')
    await text(host.channel, 'fast')
    const closed: string[] = []
    host.channel.onClosed((error) => void closed.push(error.kind))
    cutConnections(sshd)
    await eventually('the cut is told', () => closed.length > 0)
    expect(closed).toEqual(['closed'])
    await eventually('the script ended with its connection', () => processesWith('mark-cut').length === 0)
    expect(await text(host.channel, 'fast')).toContain('fast')
  })

  it('gives a host up that hangs in the middle, ends what hangs there, and opens a new channel', async () => {
    using host = await open('mark-hang')
    const before = await text(host.channel, 'pid')
    const outcome = await text(host.channel, 'hang', { ...options, timeoutMs: 600 })
    expect(outcome).toMatchObject({ kind: 'hung', said: { kind: 'answerIncomplete', limitMs: 600 } })
    await eventually('the stuck script was ended', () => processesWith('mark-hang').length === 0 && processesWith('sleep 98761').length === 0)
    const after = await text(host.channel, 'pid')
    expect(after).toMatch(/^== pid\n\d+\n$/)
    expect(after).not.toBe(before)
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
      using host = await open('mark-forgotten', { target, knownHostsFiles: [join(keys.path, 'behind')] })
      expect(await text(host.channel, 'fast')).toContain('fast')
      forgotten = true
      expect(await text(host.channel, 'fast', { ...options, timeoutMs: 300 })).toMatchObject({ kind: 'hung' })
      await setTimeout(killLimitMs + 200)
      expect(await text(host.channel, 'fast')).toContain('fast')
      host.transport.close()
      await eventually('both scripts ended with their connections', () => processesWith('mark-forgotten').length === 0)
    } finally {
      firewall.close()
    }
  })

  it('ends what hangs there also when the host is closed meanwhile', async () => {
    const host = await open('mark-leave')
    await text(host.channel, 'fast')
    const asked = text(host.channel, 'hang')
    await eventually('it hangs', isAsleep)
    host.transport.close()
    expect(await asked).toMatchObject({ kind: 'closed' })
    await eventually('the stuck script was ended', () => processesWith('mark-leave').length === 0 && processesWith('sleep 98761').length === 0)
    expect(await text(host.channel, 'fast')).toMatchObject({ kind: 'closed' })
  })

  it('ends a question whose signal is aborted', async () => {
    using host = await open('mark-abort')
    const stop = new AbortController()
    const asked = host.channel.ask('hang', options, stop.signal)
    await eventually('it hangs', isAsleep)
    stop.abort(new Error('asked no more'))
    await expect(asked).rejects.toThrow('asked no more')
    await eventually('the stuck script was ended', () => processesWith('sleep 98761').length === 0)
    expect(await text(host.channel, 'fast')).toContain('fast')
  })

  it('ends a script whose question was given up before its first line came, and is closed at once', async () => {
    const left: string[] = []
    const host = await open('mark-early', { onLeftRunning: () => void left.push('left') })
    const stop = new AbortController()
    const asked = host.channel.ask('hang', options, stop.signal)
    // The event loop stands still until it hangs there: of what the host said nothing is read yet.
    while (!isAsleep()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    stop.abort(new Error('asked no more'))
    host.transport.close()
    await expect(asked).rejects.toThrow('asked no more')
    await eventually('the stuck script was ended', () => processesWith('mark-early').length === 0 && processesWith('sleep 98761').length === 0)
    expect(left).toEqual([])
  })

  it('says so where a stuck script cannot be ended, as that of a forced command', async () => {
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="read -r line; echo '== cpu'; exec sleep 98763"`)
    const left: string[] = []
    using host = await open('mark-left', { target: other.target, knownHostsFiles: [other.knownHostsFile], onLeftRunning: () => void left.push('left') })
    expect(await text(host.channel, 'fast', { ...options, timeoutMs: 500 })).toMatchObject({ kind: 'hung' })
    await eventually('it was said', () => left.length > 0)
    expect(left).toEqual(['left'])
    host.transport.close()
    for (const { pid } of processesWith('sleep 98763')) process.kill(pid, 'SIGKILL')
  })

  it('ends what hosts are really asked by itself, where a command hangs there and cannot be ended from here', async () => {
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
    using host = await open('', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    const stop = new AbortController()
    const asked = host.channel.ask('fs', options, stop.signal)
    await eventually('it hangs', () => processesWith('sleep 98764').length > 0)
    stop.abort(new Error('asked no more'))
    await expect(asked).rejects.toThrow('asked no more')
    await eventually('it ended by itself', () => processesWith(file).length === 0 && processesWith('sleep 98764').length === 0)
  })

  it.each(['endless', 'shout'])('cuts a host off that does not stop answering (%s), and connects again', async (line) => {
    using host = await open(`mark-${line}`)
    expect(await text(host.channel, line, { timeoutMs: 10_000, maxBytes: 300_000 })).toMatchObject({ kind: 'answerEndless' })
    await eventually('the script ended', () => processesWith(`mark-${line}`).length === 0)
    expect(await text(host.channel, 'fast')).toContain('fast')
  })

  it('says when a script ends in the middle of its answer', async () => {
    using host = await open('mark-stop')
    await text(host.channel, 'fast')
    expect(await text(host.channel, 'stop')).toMatchObject({ kind: 'answerBroken', said: { kind: 'answerEndedEarly' } })
    expect(await text(host.channel, 'fast')).toContain('fast')
  })

  it('lets other hosts answer while one hangs', async () => {
    const ssh = createSsh2(createSystemClock())
    const one = ssh.transport(remote('mark-one'))
    const two = ssh.transport(remote('mark-two'))
    const [hanging, fine] = [await one.open(never), await two.open(never)]
    if (!hanging.ok || !fine.ok) throw new Error('not open')
    let hangs = true
    const asked = text(hanging.value, 'hang', { ...options, timeoutMs: 3_000 }).finally(() => {
      hangs = false
    })
    for (let turn = 0; turn < 20; turn++) expect(await text(fine.value, 'fast')).toContain('fast')
    expect(hangs).toBe(true)
    one.close()
    two.close()
    expect(await asked).toMatchObject({ kind: 'closed' })
  })

  const quoting = (words: string) => ({ kind: 'quoted', text: expect.stringContaining(words) })
  const forced: readonly [string, string, string, object][] = [
    ['that is a banner and no more', 'echo Keep out of here', 'answerBroken', quoting('Keep out of here')],
    ['that refuses in words', "echo 'This account is currently not available.'; exit 1", 'commandRefused', quoting('currently not available')],
    ['that refuses without a word', '/bin/false', 'commandRefused', { kind: 'commandEndedAtOnce', code: 1 }],
    ['whose shell is not there', 'echo sh: not found >&2; exit 127', 'shellMissing', quoting('sh: not found')],
    ['that says something and goes quiet', 'echo Welcome to the jungle; sleep 98762', 'answerBroken', quoting('Welcome to the jungle')],
    ['that says nothing at all', 'sleep 98762', 'hung', { kind: 'answerIncomplete' }],
  ]
  it.each(forced)('recognizes a command %s', async (_name, forcedCommand, kind, said) => {
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${forcedCommand}"`)
    using host = await open('mark-forced', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    expect(await text(host.channel, 'fast', { ...options, timeoutMs: 1_500 })).toMatchObject({ kind, said })
    host.transport.close()
    for (const { pid } of processesWith('sleep 98762')) process.kill(pid, 'SIGKILL')
  })

  it.each([
    ['answers once and ends', "printf '== cpu\\nforced\\n== END\\n'"],
    ['reads its question and ends', "read -r line id; printf '== cpu\\nforced\\n== END %s\\n' $id"],
    ['waits for the end of its input', "cat >/dev/null; printf '== cpu\\nforced\\n== END\\n'"],
  ])('asks a forced command that %s anew for each answer', async (_name, forcedCommand) => {
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${forcedCommand}"`)
    using host = await open('mark-once', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    await text(host.channel, 'fast', { ...options, timeoutMs: 1_500 })
    for (let turn = 0; turn < 3; turn++) expect(await text(host.channel, 'fast')).toBe('== cpu\nforced\n')
    expect(host.channel.way()).toBe('command')
  })

  it('runs what hosts are really asked, and as a forced command too; nothing of it stays', async () => {
    const file = join(keys.path, 'mtxdeck-collect')
    writeFileSync(file, `#!/bin/sh\n${collectScript}\n`, { mode: 0o755 })
    await using other = await createTestSshd()
    other.authorize(key, `restrict,command="${file}"`)
    for (const target of [sshd, other]) {
      using host = await open('', { target: target.target, knownHostsFiles: [target.knownHostsFile], script: `: mark-real\n${collectScript}` })
      for (const question of ['fs', 'f', 'f'] as const) {
        const answer = await host.channel.ask(question, collectLimits[question], never)
        if (!answer.ok) throw new Error(hostErrorText(answer.error, 'en'))
        expect(Buffer.from(answer.value).toString()).toMatch(question === 'fs' ? /== first\n[\s\S]*== fast\n[\s\S]*== slow\n/ : /^== \w+ ?\w*\n[\s\S]*cpu /)
      }
      expect(host.channel.way()).toBe('channel')
      expect(processesWith('mark-real').length + processesWith(file).length).toBeGreaterThan(0)
      host.transport.close()
      await eventually('it ended', () => processesWith('mark-real').length + processesWith(file).length === 0)
    }
  })

  it('keeps a channel open to a forced command that runs the same script', async () => {
    await using other = await createTestSshd()
    other.authorize(key, "restrict,command=\"while read -r l id; do echo '== cpu'; echo $l; echo '== END' $id; done\"")
    using host = await open('mark-guide', { target: other.target, knownHostsFiles: [other.knownHostsFile] })
    for (let turn = 0; turn < 3; turn++) expect(await text(host.channel, `turn${turn}`)).toBe(`== cpu\nturn${turn}\n`)
    expect(host.channel.way()).toBe('channel')
  })
})
