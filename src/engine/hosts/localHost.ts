import { spawn } from 'node:child_process'
import { cpus, hostname, loadavg, release, totalmem, uptime } from 'node:os'
import { MessageChannel, Worker } from 'node:worker_threads'
import { type Clock, inTime, sleep, timeLimit } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import { collectScript } from '../../shared/collectScript.ts'
import { entryPoint } from '../../shared/entryPoint.ts'
import { plainEnvironment } from '../../shared/media.ts'
import { err, ok } from '../../shared/result.ts'
import { AnswerFrame } from './answerFrame.ts'
import { createScriptCollector, type HostCollector } from './hostCollector.ts'
import { hostError } from './hostErrors.ts'
import { HostRates } from './hostRates.ts'
import { type RawHost, shownProcesses } from './parseHost.ts'
import type { ScriptShell } from './scriptShell.ts'
import type { SystemAnswers, SystemAsk } from './systemWorker.ts'

/** A reading younger than this is reused, so that several callers cost no more than one. */
const reuseMs = 500
/** A reading of systeminformation that takes longer is left out. */
const partLimitMs = 3_000

/** The machine that this process runs on: on Linux by the same script as remote hosts, elsewhere by systeminformation. */
export function createLocalHost(clock: Clock): HostCollector {
  const collector = process.platform === 'linux' ? createScriptCollector(clock, createLocalShell(clock), hostname()) : createSystemCollector(clock)
  let last: { readonly at: number; readonly reading: ReturnType<HostCollector['read']> } | null = null
  const lifetime = new AbortController()
  return {
    ...collector,
    read: async () => {
      if (last === null || clock.monotonic() - last.at >= reuseMs) last = { at: clock.monotonic(), reading: collector.read(lifetime.signal) }
      const read = await last.reading
      // The clock is our own.
      return read.ok ? ok({ ...read.value, clockSkewMs: 0 }) : read
    },
    close: () => {
      lifetime.abort()
      collector.close()
    },
  }
}

/** The script in a shell of this machine. What fails or hangs ends the shell, and the next question starts another. */
function createLocalShell(clock: Clock): ScriptShell {
  const inTurn = oneAtATime()
  let questions = 0
  let shell: ReturnType<typeof start> | null = null
  const start = () => {
    // What it starts needs none of our secrets, and ends with it, as it leads a process group.
    const child = spawn('sh', ['-c', collectScript], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/', detached: true, env: plainEnvironment(process.env) })
    const started = { child, onEnd: () => {} }
    const end = () => {
      if (shell === started) shell = null
      started.onEnd()
    }
    child.on('error', end).on('exit', end)
    child.stdin.on('error', end)
    return started
  }
  const stop = () => {
    const pid = shell?.child.pid
    shell = null
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // It has already ended.
    }
  }
  return {
    isConnected: () => shell !== null,
    close: stop,
    ask: (question, { timeoutMs, maxBytes }, signal) =>
      inTurn(signal, async () => {
        using limit = timeLimit(clock, timeoutMs, signal)
        const id = `local-${questions++}`
        const frame = new AnswerFrame(id, maxBytes)
        const [askedAtMs, askedAt] = [clock.now(), clock.monotonic()]
        const running = shell ?? start()
        shell = running
        const { child } = running
        const state = await new Promise<ReturnType<AnswerFrame['push']>>((resolve) => {
          const giveUp = () => resolve('more')
          limit.signal.addEventListener('abort', giveUp, { once: true })
          running.onEnd = giveUp
          child.stdout.removeAllListeners('data').on('data', (chunk: Buffer) => {
            const now = frame.push(chunk)
            if (now !== 'more') resolve(now)
          })
          child.stdin.write(`${question} ${id}\n`)
        })
        if (state === 'whole') return ok({ bytes: frame.answer(), askedAtMs, tookMs: clock.monotonic() - askedAt })
        stop()
        signal.throwIfAborted()
        const target = hostname()
        if (state === 'tooMuch') return err(hostError('answerBroken', { target, said: { kind: 'sendsTooMuch' } }))
        return err(hostError(limit.signal.aborted ? 'hung' : 'commandRefused', { target }))
      }),
  }
}

/** systeminformation on a separate thread, because many queries wait for other programs. */
function createSystemCollector(clock: Clock): HostCollector {
  const rates = new HostRates()
  const lifetime = new AbortController()
  /** Its own uptime may be in whole seconds. */
  const uptimeAt0 = uptime() - clock.monotonic() / 1000
  let worker: Worker | null = null
  /** null: the system does not report it, or the thread ended; the next request starts another. */
  const ask = <K extends keyof SystemAnswers>(kind: K) =>
    new Promise<SystemAnswers[K]>((resolve) => {
      if (worker === null) {
        const started = new Worker(entryPoint('./systemWorker.ts', import.meta.url), { name: 'mtxdeck system' })
        const end = () => {
          if (worker === started) worker = null
        }
        started.on('error', end).on('exit', end)
        // A request keeps the process alive by its port.
        started.unref()
        worker = started
      }
      const { port1, port2 } = new MessageChannel()
      port1.once('message', resolve).once('close', () => resolve(null as SystemAnswers[K]))
      worker.postMessage({ kind, port: port2 } satisfies SystemAsk, [port2])
    })
  return {
    read: async () => {
      const figures = lifetime.signal.aborted ? null : await inTime(clock, partLimitMs, ask('figures'), lifetime.signal)
      const at = clock.now()
      const named = { hostname: hostname(), kernel: release(), uptimeSeconds: uptimeAt0 + clock.monotonic() / 1000 }
      rates.take({ ...named, ...nodeFigures(), ...figures }, { askedAtMs: at, answeredAtMs: at })
      return ok(rates.figures())
    },
    // No shell is run here.
    check: async () => ok(null),
    processes: async (signal) => {
      // The library compares with its previous call, which may have been long ago, or never.
      await ask('processes')
      await sleep(clock, 1_000, AbortSignal.any([signal, lifetime.signal]))
      const list = (await ask('processes')) ?? []
      const cores = cpus().length
      return ok(
        list
          .toSorted((one, other) => other.cpu - one.cpu)
          .slice(0, shownProcesses)
          .map(({ pid, name, user, cpu, memRss }) => ({
            pid,
            name,
            user: user === '' ? null : user,
            // The library gives the share of all cores; ours is of one core.
            cpuPercent: Number.isFinite(cpu) ? Math.round(cpu * cores * 10) / 10 : null,
            memoryBytes: memRss > 0 ? memRss * 1024 : null,
          })),
      )
    },
    answerMs: () => null,
    close: () => {
      lifetime.abort()
      void worker?.terminate()
    },
  }
}

/** What Node itself knows of this machine. */
function nodeFigures(): RawHost {
  const cores = cpus().map(({ times }) => ({ busy: times.user + times.nice + times.sys + times.irq, idle: times.idle, iowait: 0, steal: 0 }))
  const sum = (of: 'busy' | 'idle') => cores.reduce((total, core) => total + core[of], 0)
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    cpu: cores.length === 0 ? null : { total: { busy: sum('busy'), idle: sum('idle'), iowait: 0, steal: 0 }, cores },
    // Windows has no load average, and Node reports 0 there.
    load: process.platform === 'win32' ? null : [one, five, fifteen],
    memory: { totalBytes: totalmem(), usedBytes: null, swapTotalBytes: null, swapUsedBytes: null },
  }
}
