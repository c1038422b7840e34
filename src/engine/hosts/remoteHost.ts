import type { Clock } from '../../clock/clock.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import type { Host } from '../../shared/hosts.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { type CollectQuestion, collectLimits, collectScript, scriptLimitSeconds } from './collectScript.ts'
import { type HostCollector, needsMediaDetails, shownProcesses, slowIntervalMs } from './hostCollector.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { parseHostLook } from './hostLook.ts'
import { type AnswerTimes, createHostRates } from './hostRates.ts'
import { parseHost } from './parseHost.ts'
import type { RawHost } from './rawHost.ts'
import { createSsh2 } from './ssh2Transport.ts'
import type { SshRoute } from './sshConnection.ts'
import type { ShellChannel, ShellTransport } from './transport.ts'

/** A host that is read through a shell. */
export interface RemoteHost extends HostCollector {
  /** How it is read; null: not read yet. */
  readonly way: () => Exclude<Host['way'], 'local'>
  /** Duration of the last request, without the time to connect, ms. */
  readonly answerMs: () => number | null
}

/** Reads a host through a transport whose script is `collectScript`. `target` is `host:port`, for error messages. */
export function createRemoteHost(clock: Clock, transport: ShellTransport, target: string): RemoteHost {
  const rates = createHostRates()
  let channel: ShellChannel | null = null
  let slowAt: number | null = null
  let answerMs: number | null = null
  /** Whether a media server's process is new, so that its details must be read before the next slow part. */
  let looksAtMedia = false

  /** Drops a failed channel. The next request reopens it, before its duration is measured. */
  const drop = (failed: ShellChannel): void => {
    failed.close()
    if (channel === failed) channel = null
  }

  const open = async (signal: AbortSignal): Promise<Result<ShellChannel, HostFailure>> => {
    if (channel !== null) return ok(channel)
    const opened = await transport.open(signal)
    if (!opened.ok) return opened
    const made = opened.value
    made.onClosed(() => drop(made))
    channel = made
    // It may be a different machine after a reconnection.
    slowAt = null
    return opened
  }

  const ask = async (
    question: CollectQuestion,
    signal: AbortSignal,
    pprofPort?: number,
  ): Promise<Result<{ readonly text: string; readonly raw: RawHost; readonly times: AnswerTimes }, HostFailure>> => {
    const opened = await open(signal)
    if (!opened.ok) return opened
    const askedAt = clock.monotonic()
    const askedAtMs = clock.now()
    const answer = await opened.value.ask(`${question}${pprofPort ?? ''}`, collectLimits[question], signal)
    if (!answer.ok) {
      drop(opened.value)
      return answer
    }
    const tookMs = clock.monotonic() - askedAt
    if (question !== 'p' && question !== 'l') answerMs = tookMs
    const text = Buffer.from(answer.value.buffer, answer.value.byteOffset, answer.value.byteLength).toString('utf8')
    const raw = parseHost(text)
    if (raw.system === null) return err(hostError('answerBroken', { target, said: quotedCause(text) }))
    // Our wall clock may be set in between, so the duration is measured with the monotonic clock.
    return ok({ text, raw, times: { askedAtMs, answeredAtMs: askedAtMs + tookMs, monotonicMs: askedAt + tookMs } })
  }

  return {
    read: async (signal, pprofPort) => {
      const now = clock.monotonic()
      const isSlow = slowAt === null || now - slowAt >= slowIntervalMs
      const answer = await ask(isSlow ? 'fs' : looksAtMedia ? 'fm' : 'f', signal, isSlow ? pprofPort : undefined)
      if (!answer.ok) return answer
      if (isSlow) slowAt = now
      const reading = rates.next(answer.value.raw, answer.value.times)
      looksAtMedia = needsMediaDetails(reading)
      return ok(reading)
    },
    processes: async (signal) => {
      const answer = await ask('p', signal)
      if (!answer.ok) return answer
      return ok((answer.value.raw.processes ?? []).slice(0, shownProcesses))
    },
    look: async (signal) => {
      const answer = await ask('l', signal)
      return answer.ok ? ok(parseHostLook(answer.value.text)) : answer
    },
    way: () => channel?.way() ?? null,
    answerMs: () => answerMs,
    close: () => {
      channel?.close()
      transport.close()
    },
  }
}

/** Creates collectors for hosts over SSH. An engine uses one for all its hosts, to limit how many connect at once. */
export function createRemoteHosts(clock: Clock, log?: Pick<Log, 'warn'>): (route: SshRoute) => RemoteHost {
  const ssh = createSsh2(clock)
  return (route) => {
    const target = hostAndPort(route.target)
    const onLeftRunning = () =>
      log?.warn({ target }, `A script that hung on the host could not be ended from here; it ends by itself within ${scriptLimitSeconds} s at most`)
    return createRemoteHost(clock, ssh.transport({ ...route, script: collectScript, onLeftRunning }), target)
  }
}
