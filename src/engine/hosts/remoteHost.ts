import type { Clock } from '../../clock/clock.ts'
import { collectScript } from '../../shared/collectScript.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { parseHostCheck } from './hostCheck.ts'
import { type HostCollector, needsMediaDetails, shownProcesses, slowIntervalMs } from './hostCollector.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { type AnswerTimes, createHostRates } from './hostRates.ts'
import { parseHost } from './parseHost.ts'
import type { RawHost } from './rawHost.ts'
import type { SshMeans, SshRoute } from './sshConnection.ts'
import { type AskLimits, createSshMeans, SshShell } from './sshShell.ts'

/**
 * What to read from a host, as letters that may be combined (`fs`): f: figures that change quickly; s: the rest, and its clock; m: its media
 * servers' processes, which s includes; p: its processes, which takes a second; l: its listeners and the end of the media server's log. The digits
 * after the letters are the port of pprof.
 */
type CollectQuestion = 'f' | 'fm' | 'fs' | 'p' | 'l'

/** Limits that also suit hosts with hundreds of cores, disks or processes. */
export const collectLimits: Readonly<Record<CollectQuestion, AskLimits>> = {
  f: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  fm: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  // Up to five commands run there, each limited to 5 s if the host has `timeout`.
  fs: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  // Its service manager and its journal are asked, each for 5 s at most where the host has `timeout`.
  l: { timeoutMs: 12_000, maxBytes: 512 * 1024 },
  p: { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 },
}

interface Answer {
  readonly text: string
  readonly raw: RawHost
  readonly times: AnswerTimes
}

/** Creates collectors for hosts over SSH. An engine uses one for all its hosts, to limit how many connect at once. */
export function createRemoteHosts(clock: Clock): (route: SshRoute) => HostCollector {
  const means = createSshMeans(clock)
  return (route) => createRemoteHost(means, route)
}

function createRemoteHost(means: SshMeans, route: SshRoute): HostCollector {
  const { clock } = means
  const shell = new SshShell(means, route, collectScript)
  const rates = createHostRates()
  let slowAt = Number.NEGATIVE_INFINITY
  let answerMs: number | null = null
  /** Whether a media server's process is new, so that its details must be read before the next slow part. */
  let checksAtMedia = false

  const ask = async (question: CollectQuestion, signal: AbortSignal, pprofPort?: number): Promise<Result<Answer, HostFailure>> => {
    const answer = await shell.ask(`${question}${pprofPort ?? ''}`, collectLimits[question], signal)
    if (!answer.ok) return answer
    const { bytes, askedAtMs, tookMs } = answer.value
    if (question !== 'p' && question !== 'l') answerMs = tookMs
    const text = bytes.toString('utf8')
    const raw = parseHost(text)
    if (raw.system === null) return err(hostError('answerBroken', { target: hostAndPort(route.target), said: quotedCause(text) }))
    // Our wall clock may be set in between, so the duration is measured with the monotonic clock.
    return ok({ text, raw, times: { askedAtMs, answeredAtMs: askedAtMs + tookMs, monotonicMs: clock.monotonic() } })
  }

  return {
    read: async (signal, pprofPort) => {
      const now = clock.monotonic()
      // After a reconnection it may be a different machine.
      const isSlow = !shell.isConnected() || now - slowAt >= slowIntervalMs
      const answer = await ask(isSlow ? 'fs' : checksAtMedia ? 'fm' : 'f', signal, isSlow ? pprofPort : undefined)
      if (!answer.ok) return answer
      if (isSlow) slowAt = now
      const reading = rates.next(answer.value.raw, answer.value.times)
      checksAtMedia = needsMediaDetails(reading)
      return ok(reading)
    },
    processes: async (signal) => {
      const answer = await ask('p', signal)
      return answer.ok ? ok((answer.value.raw.processes ?? []).slice(0, shownProcesses)) : answer
    },
    check: async (signal) => {
      const answer = await ask('l', signal)
      return answer.ok ? ok(parseHostCheck(answer.value.text)) : answer
    },
    answerMs: () => answerMs,
    close: () => shell.close(),
  }
}
