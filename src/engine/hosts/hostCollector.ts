import type { Clock } from '../../clock/clock.ts'
import { collectScript } from '../../shared/collectScript.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostFailure } from '../../shared/errors.ts'
import type { HostProcess } from '../../shared/hosts.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type HostCheck, parseHostCheck } from './hostCheck.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { type HostFigures, HostRates } from './hostRates.ts'
import { parseHost, parseProcesses, type RawHost } from './parseHost.ts'
import type { AskLimits, ScriptAnswer, ScriptShell } from './scriptShell.ts'
import { createSshMeans, type SshRoute } from './sshConnection.ts'
import { SshShell } from './sshShell.ts'

/** Reads one machine on request: this one (`createLocalHost`) or one over SSH. */
export interface HostCollector {
  /** Reads quickly changing figures each time; slow ones are at most 30 s old. Rates are null in the first reading, because they need two. */
  readonly read: (signal: AbortSignal) => Promise<Result<HostFigures, HostFailure>>
  /** The busiest processes, busiest first: at most `shownProcesses`. */
  readonly processes: (signal: AbortSignal) => Promise<Result<readonly HostProcess[], HostFailure>>
  /** Its listeners and the end of the media server's log. null: it can't be asked. */
  readonly check: (signal: AbortSignal) => Promise<Result<HostCheck | null, HostFailure>>
  /** Duration of the last reading, without the time to connect, ms; null: nothing was read. */
  readonly answerMs: () => number | null
  /** Closes open connections. The collector is not used afterwards. */
  readonly close: () => void
}

/** Slow figures (disks' sizes, sensors, names) are read this often. */
export const slowIntervalMs = 30_000

/** Limits of the questions of the script, which also suit hosts with hundreds of cores, disks or processes. */
export const collectLimits = {
  f: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  m: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  // Up to five commands run there, each limited to 5 s if the host has `timeout`.
  fs: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  // Its service manager and its journal are asked, each for 5 s at most where the host has `timeout`.
  l: { timeoutMs: 12_000, maxBytes: 512 * 1024 },
  p: { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 },
} as const satisfies Readonly<Record<string, AskLimits>>
type Question = keyof typeof collectLimits

/** Creates collectors for hosts over SSH. An engine uses one for all its hosts, to limit how many connect at once. */
export function createRemoteHosts(clock: Clock): (route: SshRoute) => HostCollector {
  const means = createSshMeans(clock)
  return (route) => createScriptCollector(clock, new SshShell(means, route, collectScript), hostAndPort(route.target))
}

/** Reads a machine by the script. `target` is for error messages. */
export function createScriptCollector(clock: Clock, shell: ScriptShell, target: string): HostCollector {
  const rates = new HostRates()
  let slowAt = Number.NEGATIVE_INFINITY
  let answerMs: number | null = null
  /** false: an older script, which does not know the question for details of media servers. */
  let hasDetails = true

  const ask = async (
    question: Question,
    signal: AbortSignal,
  ): Promise<Result<ScriptAnswer & { readonly text: string; readonly raw: RawHost }, HostFailure>> => {
    const answer = await shell.ask(question, collectLimits[question], signal)
    if (!answer.ok) return answer
    const text = answer.value.bytes.toString('utf8')
    const raw = parseHost(text)
    return raw === null ? err(hostError('answerBroken', { target, said: quotedCause(text) })) : ok({ ...answer.value, text, raw })
  }
  return {
    read: async (signal) => {
      const now = clock.monotonic()
      const isSlow = !shell.isConnected() || now - slowAt >= slowIntervalMs
      const answer = await ask(isSlow ? 'fs' : 'f', signal)
      if (!answer.ok) return answer
      if (isSlow) {
        slowAt = now
        hasDetails = true
      }
      const { raw, askedAtMs, tookMs } = answer.value
      answerMs = tookMs
      // Our wall clock may be set in between, so the duration is measured with the monotonic clock.
      rates.take(raw, { askedAtMs, answeredAtMs: askedAtMs + tookMs })
      if (hasDetails && rates.lacksDetails()) {
        const details = await ask('m', signal)
        if (!details.ok) return details
        hasDetails = details.value.raw.mediaDetails !== null
        rates.takeDetails(details.value.raw)
      }
      return ok(rates.figures())
    },
    processes: async (signal) => {
      const answer = await ask('p', signal)
      return answer.ok ? ok(parseProcesses(answer.value.text)) : answer
    },
    check: async (signal) => {
      const answer = await ask('l', signal)
      return answer.ok ? ok(parseHostCheck(answer.value.text)) : answer
    },
    answerMs: () => answerMs,
    close: shell.close,
  }
}
