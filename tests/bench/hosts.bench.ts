import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { engineEnv, engineFlags } from '../../bin/node24.mjs'
import { HostRates } from '../../src/engine/hosts/hostRates.ts'
import { samplesOf } from '../../src/engine/hosts/hostSamples.ts'
import { parseHost } from '../../src/engine/hosts/parseHost.ts'
import { createKeyFolder, createKeyPair, createTestSshd, hasSshd } from '../../src/engine/hosts/testSshd.fixture.ts'
import { collectScript } from '../../src/shared/collectScript.ts'
import { machineLoad } from './benchConsole.ts'
import { type Bench, rounded } from './figures.ts'
import type { BenchHostInput, HostsOrder, HostsUse } from './hostsChild.ts'
import type { BenchHosts, BenchHostsCount } from './sshHostsChild.ts'

const start = (file: string): ChildProcess =>
  fork(new URL(file, import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning', ...engineFlags],
    serialization: 'advanced',
    env: { ...engineEnv, ...process.env },
  })
async function answerOf<T>(child: ChildProcess, limitMs = 120_000): Promise<T> {
  const stop = new AbortController()
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended (${code})`)
  })
  const late = pause(limitMs, null, { signal: stop.signal }).then(() => {
    throw new Error(`a process of the bench did not answer within ${limitMs / 1000} s`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: stop.signal }), ended, late])) as [T]
    return message
  } finally {
    for (const one of [ended, late]) one.catch(() => {})
    stop.abort()
  }
}
async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (child.connected) child.disconnect()
  await Promise.race([exited, pause(10_000)])
  if (child.exitCode === null) child.kill('SIGKILL')
}
/**
 * What it used, in some windows of ten seconds from now on: the one that took the least CPU a reading, because others compete
 * for the machine, and how much of what was due was read in all of them. How long the event loop was held comes from a window of its own.
 */
async function usageOf(child: ChildProcess, windows: number, due: number): Promise<HostsUse & { readonly inTime: boolean; readonly note: string }> {
  child.send('measure')
  await answerOf(child)
  const uses: HostsUse[] = []
  for (let n = 0; n < windows; n++) {
    await pause(10_000)
    child.send('measure')
    uses.push(await answerOf<HostsUse>(child))
  }
  child.send('watch')
  await pause(10_000)
  child.send('measure')
  const { longestHoldMs } = await answerOf<HostsUse>(child)
  const sum = (of: (use: HostsUse) => number): number => uses.reduce((total, use) => total + of(use), 0)
  const best = uses.reduce((one, other) => (other.cpuMs / other.readings < one.cpuMs / one.readings ? other : one))
  const share = sum((use) => use.readings) / (due * sum((use) => use.seconds))
  const mean = rounded(sum((use) => use.cpuMs) / sum((use) => use.readings))
  const inTime = share >= 0.97
  const note = `the best of ${windows} windows of 10 s (mean ${mean} ms a reading), ${rounded(share * 100)} % of what was due was read${inTime ? '' : ': not judged'}; ${machineLoad()}`
  return { ...best, longestHoldMs, failures: sum((use) => use.failures), inTime, note }
}
const perReading = ({ cpuMs, readings }: HostsUse): number => rounded(cpuMs / readings)
const percentOf = ({ cpuMs, seconds }: HostsUse): number => rounded(cpuMs / 10 / seconds)

/**
 * Hosts over SSH, through the whole way (connection, shell, parsers, rates, history), in a process of their own: against a
 * real sshd, and 300 of them each second against ssh2's own server in another process, which plays what a real machine
 * answered, widened to 16 cores.
 */
export const bench: Bench = async (report, { quick }) => {
  const windows = quick ? 2 : 4
  const figure = (name: string, value: number, unit: string, goal: string | null, note: string | null = null): void =>
    report({ figure: `hosts: ${name}`, value: rounded(value), unit, goal, limit: null, note })
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))

  const answer = readFileSync(new URL('../fixtures/hosts/linux-dash.txt', import.meta.url), 'utf8').split(/^== END \d+\n/m)[1] ?? ''
  const rates = new HostRates()
  const turns = 5000
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 8; run++) {
    const before = process.threadCpuUsage()
    for (let turn = 0; turn < turns; turn++) {
      rates.take(parseHost(answer) ?? {}, { askedAtMs: turn, answeredAtMs: turn + 1 })
      samplesOf('host-bench', turn, { ...rates.figures(), mediaServer: null }, 1)
    }
    const { user, system } = process.threadCpuUsage(before)
    best = Math.min(best, (user + system) / 1000 / turns)
  }
  figure('answer to samples alone', best, 'ms of CPU a reading', null, `${answer.length} bytes, 2 cores, no SSH and no store`)

  if (process.platform === 'linux') {
    for (const [question, count] of [
      ['f', quick ? 100 : 300],
      ['fs', quick ? 20 : 60],
    ] as const)
      figure(
        `the host's own cost, "${question}"`,
        await scriptCost(question, count),
        'ms of CPU an answer',
        null,
        `the collector in /bin/sh on this machine, mean of ${count}; sshd not counted`,
      )
  }

  if (hasSshd) {
    const count = 100
    using keys = createKeyFolder()
    const key = createKeyPair(keys.path, 'bench')
    await using sshd = await createTestSshd()
    sshd.authorize(key)
    const { user, host, port } = sshd.target
    const ours = start('hostsChild.ts')
    try {
      ours.send({
        hosts: Array.from({ length: count }, (_, n) => ({ name: `host ${n}`, ssh: `${user}@${host}:${port}` })),
        keyFile: key.file,
        knownHostsFile: sshd.knownHostsFile,
      } satisfies HostsOrder)
      await answerOf<HostsUse>(ours)
      await pause(quick ? 3_000 : 10_000)
      const use = await usageOf(ours, windows, count)
      figure(
        'real sshd',
        perReading(use),
        'ms of CPU a reading',
        use.inTime ? '<= 0.25' : null,
        `${count} hosts at 1 Hz, with all that the process does each second; ${use.note}`,
      )
      figure('real sshd: answer, p50', use.answerP50Ms, 'ms', null, 'the host runs its commands on the same two cores')
    } finally {
      await stopped(ours)
    }
  } else console.error('  skipped: no sshd here')

  const count = 300
  const far = start('sshHostsChild.ts')
  const ours = start('hostsChild.ts')
  try {
    const there = await answerOf<BenchHosts>(far)
    const keyFile = join(folder, 'id')
    const knownHostsFile = join(folder, 'known_hosts')
    writeFileSync(keyFile, there.privateKey, { mode: 0o600 })
    writeFileSync(knownHostsFile, there.knownHosts)
    const hostsAt = (port: number, name: string, many: number): BenchHostInput[] =>
      Array.from({ length: many }, (_, n) => ({ name: `${name} ${n}`, ssh: `noc@127.0.0.1:${port}` }))
    ours.send({ hosts: hostsAt(there.port, 'host', count), keyFile, knownHostsFile } satisfies HostsOrder)
    const storm = await answerOf<HostsUse>(ours)
    far.send('count')
    const { mostConnecting } = await answerOf<BenchHostsCount>(far)
    figure(`${count} connects until all were read`, storm.seconds, 's', null, `${rounded(storm.cpuMs / count)} ms of CPU each; ${machineLoad()}`)
    figure(`${count} connects: at once, at most`, mostConnecting, 'connects', '<= 4', 'as the server saw them')
    figure(`${count} connects: event loop held, longest`, storm.longestHoldMs, 'ms', null)

    await pause(quick ? 5_000 : 20_000)
    const use = await usageOf(ours, windows, count)
    figure(`${count} at 1 Hz: CPU`, percentOf(use), '% of a core', use.inTime ? '<= 5' : null, use.note)
    figure(`${count} at 1 Hz`, perReading(use), 'ms of CPU a reading', use.inTime ? '<= 0.15' : null)
    figure(`${count} at 1 Hz: memory for the hosts`, use.rssMegabytes - use.rssBeforeMegabytes, 'MB', '<= 120', 'what the process grew by')
    figure(
      `${count} at 1 Hz: memory of the process`,
      use.rssMegabytes,
      'MB',
      null,
      `with the store and its threads: ${rounded(use.rssBeforeMegabytes)} MB before there were hosts`,
    )
    figure(`${count} at 1 Hz: answer, p50`, use.answerP50Ms, 'ms', null)
    figure(`${count} at 1 Hz: answer, p99`, use.answerP99Ms, 'ms', null)
    figure(`${count} at 1 Hz: event loop held, longest`, use.longestHoldMs, 'ms', null)

    const dead = [...hostsAt(there.mutePort, 'mute', 4), ...hostsAt(there.hangingPort, 'hanging', 4), ...hostsAt(1, 'refused', 4)]
    ours.send({ add: dead })
    // The mute ones have their first tries behind them by then, which hold places of the queue.
    await pause(20_000)
    const among = await usageOf(ours, windows, count)
    const others = `with ${dead.length} dead ones among them (mute, hanging in an answer, refused), ${among.failures} failures`
    figure(`${count} + dead: answer, p50`, among.answerP50Ms, 'ms', null, others)
    figure(`${count} + dead: answer, p99`, among.answerP99Ms, 'ms', null, `without them ${rounded(use.answerP99Ms)} ms`)
    figure(`${count} + dead: readings of the others`, (among.readings / among.seconds / (use.readings / use.seconds)) * 100, '% of those without', null)
    figure(`${count} + dead: CPU`, percentOf(among), '% of a core', null, `without them ${percentOf(use)} %; ${among.note}`)
  } finally {
    await stopped(ours)
    await stopped(far)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** CPU time that a host spends on one answer: the shell's and that of all it starts, ms. */
async function scriptCost(question: 'f' | 'fs', count: number): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', collectScript], { stdio: ['pipe', 'pipe', 'ignore'] })
  try {
    const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
    const ask = async (id: number): Promise<void> => {
      shell.stdin.write(`${question} ${id}\n`)
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error('the collector ended')
        if (value === `== END ${id}`) return
      }
    }
    /** utime, stime and those of children that ended, proc(5), hundredths of a second. */
    const spentMs = (): number => {
      const text = readFileSync(`/proc/${shell.pid}/stat`, 'latin1')
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
    }
    await ask(0)
    const before = spentMs()
    for (let id = 1; id <= count; id++) await ask(id)
    return (spentMs() - before) / count
  } finally {
    shell.stdin.end()
    if (shell.exitCode === null) await once(shell, 'exit')
  }
}
