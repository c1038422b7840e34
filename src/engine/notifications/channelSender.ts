import BetterSqlite3 from 'better-sqlite3'
import { z } from 'zod'
import type { Clock, Timer } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/clock.ts'
import { type Channel, mostPauseMinutes, type SentCounts } from '../../shared/channels.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { mostRenewed } from './channelKind.ts'
import { type ChannelInput, kindOf, shownChannel } from './channelKinds.ts'
import type { HttpClient, Sent } from './httpClient.ts'
import type { MessageEnd, MessageRows, UnsentMessage } from './messageRows.ts'
import { createMessageWriter, languageOf, type Notification, notificationText, type WriterDeps } from './notification.ts'

interface SenderDeps extends WriterDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly rows: MessageRows
  readonly pauses: ChannelPauses
  readonly http: HttpClient
  /** All incidents with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, unknown]>
  /** Call it before due times are read: it moves them if the clock was set back. */
  readonly heedSetBack: () => void
  readonly signal: AbortSignal
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** Retry interval while the disk can't be written, ms. */
const diskRetryMs = 10_000

/** Sends the waiting messages of one channel, one after the other. */
export type ChannelSender = ReturnType<typeof createChannelSender>

export function createChannelSender(deps: SenderDeps, first: ChannelInput) {
  const { clock, log, db, rows, pauses, http, signal } = deps
  const { name } = first
  let input = first
  let busy: Promise<void> | null = null
  let timer: Timer | null = null
  let renewalTimer: Timer | null = null
  let isRenewalDue = false
  let failures = 0
  let isStopped = false
  /** Stores the outcome of the last attempt, if the disk did not accept it; nothing else is sent until it is stored. */
  let unnoted: (() => void) | null = null
  let failure: SendFailure | null = null
  let refusal = rows.refusal(name)
  /** Messages may wait after a failed attempt: only then is the disk read, as `unreached` is called each second. */
  let isUnsent = true
  const counts = { accepted: 0, failed: 0, refused: 0 }

  const stopWaiting = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
  }
  const stopTimers = () => {
    stopWaiting()
    if (renewalTimer !== null) clock.clearTimeout(renewalTimer)
  }
  const wait = (ms: number) => {
    stopWaiting()
    timer = clock.setTimeout(() => {
      timer = null
      pump()
    }, ms)
  }
  const renewAfter = (ms: number) => {
    renewalTimer = clock.setTimeout(() => {
      isRenewalDue = true
      renewAfter(ms)
      pump()
    }, ms)
  }
  const pump = () => {
    if (busy !== null || signal.aborted || isStopped) return
    attemptWrite(deps.heedSetBack)
    if (unnoted !== null && !attemptWrite(unnoted)) return wait(diskRetryMs)
    unnoted = null
    const work = nextWork()
    if (work === null) return
    busy = work
      .catch((error: unknown) => {
        if (signal.aborted) return
        // Trouble of the disk is told elsewhere. A file that is missing where a message is written is none of it.
        if (!(error instanceof BetterSqlite3.SqliteError) || classifyStorageError(error) === null)
          log.error({ error, channel: name }, 'a message could not be handled')
        wait(diskRetryMs)
      })
      .finally(() => {
        busy = null
        if (timer === null) pump()
      })
  }
  /** Starts whatever is due; null: nothing is. */
  const nextWork = (): Promise<void> | null => {
    const next = nextOf(rows, pauses, input, clock.now())
    if (next !== null && next.messages !== null) {
      // A pause may have ended early.
      stopWaiting()
      return deliver(next.messages)
    }
    // Postponed messages do not delay a due renewal; no renewal is sent while the channel fails.
    if (isRenewalDue && failures === 0) return renew(input)
    if (next !== null) wait(Math.min(next.waitMs, longestRetryMs))
    return null
  }

  const write = (change: () => void) => db.transaction(change)()
  /** Keeps the outcome of an attempt, without secrets. `channel`: as it was when the attempt began; it may have been edited since. */
  const tried = (answer: Sent, channel: ChannelInput): Sent => {
    const sent = withoutSecrets(answer, channel)
    failure = sent.ok ? (sent.caution ?? null) : sent.failure
    return sent
  }
  const post = async (channel: ChannelInput, notification: Notification, id: string): Promise<Sent> => {
    const context = {
      ...{ clock, http: http.through(channel.proxy), signal, id, text: notificationText(notification, languageOf(channel)) },
      receiptOf: (incident: string) => receiptOf(rows, channel, incident),
    }
    return tried(await kindOf(channel).kind.send(channel, notification, context), channel)
  }
  /** Sends one message, or several combined into one. */
  const deliver = async (messages: readonly UnsentMessage[]) => {
    const channel = input
    const writer = createMessageWriter(deps, channel, clock.now())
    const known = messages.flatMap((message) => {
      const notification = writer.write(message)
      return notification === null ? [] : [{ message, notification }]
    })
    const written = known.map(({ message }) => message)
    const [only] = written
    write(() => {
      for (const message of messages) if (!written.includes(message)) rows.remove(message.id)
      for (const { message, notification } of known) rows.begin(message.id, notification.severity)
    })
    if (only === undefined) return
    // Whatever happens now, they must not remain marked as being sent.
    unnoted = () => write(() => rows.resume(name))
    const id = idOf(written.map((message) => message.id))
    const sent = await post(channel, writer.asOne(known.map(({ notification }) => notification)), id)
    failures = sent.ok || sent.isFinal ? 0 : failures + 1
    isUnsent = true
    counts[sent.ok ? 'accepted' : sent.isFinal ? 'refused' : 'failed'] += known.length
    if (sent.ok) refusal = null
    else if (sent.isFinal) refusal = { what: 'message', failure: sent.failure }
    const end = { ...endOf(sent, channel, clock.now(), failures), sentWith: written.length === 1 ? null : only.id }
    unnoted = () =>
      write(() => {
        for (const message of written) rows.end(message.id, end)
      })
    unnoted()
    unnoted = null
    if (!sent.ok) log.warn({ channel: name, failure: sent.failure, isFinal: sent.isFinal }, 'a message about an alarm was not accepted')
  }
  /**
   * Repeats ongoing incidents to a channel that forgets them. Runs in sequence with the messages, so that no incident is repeated after its end was sent.
   */
  const renew = async (channel: ChannelInput) => {
    isRenewalDue = false
    const { renewal } = kindOf(channel).kind
    if (renewal === undefined) return
    const writer = createMessageWriter(deps, channel, clock.now())
    const lasting = [...deps.extents()].flatMap(([id]) => {
      const last = rows.lastAccepted(id, name)
      const incident = last === 'start' || last === 'update' ? deps.incident(id) : null
      // The end of an incident that has healed is queued.
      return incident === null || incident.healedAt !== null ? [] : [{ notification: writer.repeat(incident), receipt: receiptOf(rows, channel, id) }]
    })
    for (let start = 0; start < lasting.length; start += mostRenewed) {
      const sent = await renewal.send(channel, lasting.slice(start, start + mostRenewed), { http: http.through(channel.proxy), signal })
      if (!tried(sent, channel).ok) return
    }
  }

  const configure = (wanted: ChannelInput) => {
    stopTimers()
    input = wanted
    const { renewal } = kindOf(wanted).kind
    // It may have forgotten by now what an earlier console sent.
    isRenewalDue = renewal !== undefined
    if (renewal !== undefined) renewAfter(renewal.everyMs)
  }
  configure(first)
  return {
    input: () => input,
    /** Changes the settings of the channel. A message being sent is finished first, so the order of messages is kept. */
    configure,
    send: pump,
    /** Sends a test message immediately. Returns why it failed, or null. */
    test: async (isDrill = false): Promise<SendFailure | null> => {
      const at = clock.now()
      const sent = await post(input, createMessageWriter(deps, input, at).test(), `test-${at}`)
      write(() => rows.addTest(name, { at: clock.now(), isDrill, failure: sent.ok ? null : sent.failure }))
      if (sent.ok) refusal = null
      else if (isDrill) refusal ??= { what: 'drill', failure: sent.failure }
      return sent.ok ? null : sent.failure
    },
    /** The message that it refused for good, or that the drill did not reach it; null: neither, or it accepted something since. */
    refusal: () => refusal,
    /** Since when, and why, messages wait after a failed attempt; null: none does. */
    unreached: () => {
      const unsent = isUnsent ? rows.unsent(name) : null
      isUnsent = unsent !== null
      return unsent
    },
    failure: () => failure,
    counts: () => ({ ...counts }),
    /** Resolves when nothing is being sent. */
    settled: async (): Promise<void> => {
      await busy
    },
    /** Starts no further sending. */
    stop: (): void => {
      isStopped = true
      stopTimers()
    },
  }
}

const minuteMs = 60_000
const defaultPerMinutes = 60
/** Maximum number of messages combined into one. */
const mostAsOne = 100

/** Rate limit of a channel: messages per number of minutes; null: unlimited. */
function limitOf({ atMost, perMinutes = defaultPerMinutes }: ChannelInput): Channel['limit'] {
  return atMost === undefined ? null : { messages: atMost, minutes: perMinutes }
}

/** Until when waiting messages are held back by a pause, the channel's rate limit or digest (in the past: not at all), and how many it may get before its limit. */
function holdOf(rows: MessageRows, pauses: ChannelPauses, channel: ChannelInput, now: number): { readonly until: number; readonly left: number } {
  const { name, digestMinutes } = channel
  const limit = limitOf(channel)
  const spanMs = (limit?.minutes ?? 0) * minuteMs
  const accepted = limit === null ? [] : rows.acceptedAt(name, { after: now - spanMs, until: now }, limit.messages)
  const left = limit === null ? Number.POSITIVE_INFINITY : limit.messages - accepted.length
  const since = digestMinutes === undefined ? null : rows.waitingSince(name)
  // After the clock was set back, the waiting time is unknown.
  const digestAt = since === null || since > now ? 0 : since + (digestMinutes ?? 0) * minuteMs
  return { until: Math.max(left > 0 ? 0 : (accepted.at(-1) ?? 0) + spanMs, digestAt, pauses.of(name)?.until ?? 0), left }
}

/** What to send to a channel next: `messages` as one; if null, nothing for `waitMs`. Returns null if nothing is to be sent. */
function nextOf(rows: MessageRows, pauses: ChannelPauses, channel: ChannelInput, now: number) {
  const { name } = channel
  const message = rows.next(name, now)
  if (message === null) return null
  const { until, left } = holdOf(rows, pauses, channel, now)
  const waitMs = Math.max(message.nextAt, until) - now
  if (waitMs > 0) return { messages: null, waitMs }
  // The last message before the limit combines all that wait, and the first after a pause or after hours in which nothing was sent: not where each has an alert.
  const isHeld = (pauses.held(name, message.at) || message.startMissed) && kindOf(channel).kind.isKeyed !== true
  const saysAll = left === 1 || channel.digestMinutes !== undefined || isHeld
  return { messages: saysAll ? asOne(message, rows.due(name, now, mostAsOne)) : [message], waitMs: 0 }
}

/** The due alarm messages, which can be combined and go first; if there are none, `next`. Reports are too long to be combined. */
function asOne(next: UnsentMessage, due: readonly UnsentMessage[]): readonly UnsentMessage[] {
  const ofAlarms = due.filter(({ event }) => event !== 'report')
  return ofAlarms.length > 0 ? ofAlarms : [next]
}

/** How a message ends after its last attempt; `failures`: number of consecutive failed attempts. */
function endOf(sent: Sent, channel: ChannelInput, at: number, failures: number): Omit<MessageEnd, 'sentWith'> {
  if (sent.ok) return { at, failure: null, receipt: keptReceipt(channel, sent.receipt), nextAt: null, mayRepeat: false }
  const nextAt = sent.isFinal ? null : at + (sent.retryAfterMs ?? doublingMs(failures, firstRetryMs, longestRetryMs))
  return { at, failure: sent.failure, receipt: null, nextAt, mayRepeat: sent.mayHaveArrived }
}

/** An id unique to this set of messages, and the same on each attempt: mail servers drop messages whose id they know. */
const idOf = (ids: readonly number[]): string => (ids.length === 1 ? String(ids[0]) : `${ids[0]}-${ids.at(-1)}-${ids.length}`)

/** None of ours is longer. */
const longestReceipt = 1_000
/** A channel of this name may have been of another kind before, whose receipts mean nothing to this one. */
const prefixOf = (channel: ChannelInput): string => `${kindOf(channel).name} `
function keptReceipt(channel: ChannelInput, receipt: string | undefined): string | null {
  return receipt === undefined || receipt.length > longestReceipt ? null : prefixOf(channel) + receipt
}
/** What the channel answered to the newest message about an incident that had a receipt; null: none had. */
export function receiptOf(rows: Pick<MessageRows, 'receiptOf'>, channel: ChannelInput, incident: string): string | null {
  const kept = rows.receiptOf(incident, channel.name)
  const prefix = prefixOf(channel)
  return kept?.startsWith(prefix) ? kept.slice(prefix.length) : null
}

/** Shorter parts of an address are words, such as `api` or `hooks`. */
const shortestPart = 6
function partsOf(url: URL): readonly string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()].filter((part) => part.length >= shortestPart)
  return [url.pathname, url.search, decodeURI(url.pathname)].filter((part) => part.length >= shortestPart).concat(parts)
}
/** Everything of a channel that may be secret, the longest first: its secret, paths and queries of its addresses, and its headers. */
function secretsOf(channel: ChannelInput): readonly string[] {
  const { secret, ...others } = channel
  const texts = Object.values(others).filter((value): value is string => typeof value === 'string')
  const addresses = texts.filter((text) => /^https?:/i.test(text) && URL.canParse(text))
  const resolved = secret === undefined ? [] : addresses.filter((base) => URL.canParse(secret, base)).map((base) => new URL(secret, base))
  const headers = 'headers' in channel ? Object.values(channel.headers ?? {}) : []
  const found = [secret ?? '', ...headers, ...[...addresses.map((text) => new URL(text)), ...resolved].flatMap(partsOf)]
  return [...new Set(found)].filter((one) => one.length > 1).sort((a, b) => b.length - a.length)
}
/** The outcome of an attempt without secrets of the channel: error pages name the requested address. */
function withoutSecrets(sent: Sent, channel: ChannelInput): Sent {
  const redacted = (failure: SendFailure): SendFailure =>
    'said' in failure ? { ...failure, said: secretsOf(channel).reduce((said, secret) => said.replaceAll(secret, '***'), failure.said) } : failure
  if (!sent.ok) return { ...sent, failure: redacted(sent.failure) }
  return sent.caution === undefined ? sent : { ...sent, caution: redacted(sent.caution) }
}

/** A channel that messages wait for. */
interface Unreached {
  readonly channel: string
  /** When the oldest of them was to be sent, or its pause began, epoch ms. */
  readonly since: number
  /** null: it was paused hours ago. */
  readonly failure: SendFailure | null
}

/** A pause that holds messages back for longer may have been forgotten, ms. */
const forgottenMs = 4 * 3_600_000
/** Number of tests listed for a channel. */
const shownTests = 10

export function createChannelSenders(deps: SenderDeps) {
  const { clock, rows, pauses } = deps
  let senders: ReadonlyMap<string, ChannelSender> = new Map()
  const heldUntil = (input: ChannelInput): number | null => {
    const { until } = holdOf(rows, pauses, input, clock.now())
    return until > clock.now() ? until : null
  }
  const shown = (sender: ChannelSender): Omit<Channel, 'entered'> => {
    const input = sender.input()
    return {
      ...shownChannel(input),
      failure: sender.failure(),
      limit: limitOf(input),
      digestMinutes: input.digestMinutes ?? null,
      heldUntil: heldUntil(input),
      pause: pauses.of(input.name),
      tests: rows.tests(input.name, shownTests),
      ...rows.counts(input.name),
    }
  }
  return {
    /** Existing senders keep running. Returns the names of new and of removed channels. */
    configure: (channels: readonly ChannelInput[]): { readonly added: readonly string[]; readonly removed: readonly string[] } => {
      const before = senders
      senders = new Map(
        channels.map((input) => {
          const sender = before.get(input.name)
          sender?.configure(input)
          return [input.name, sender ?? createChannelSender(deps, input)]
        }),
      )
      const removed = [...before].filter(([name]) => !senders.has(name))
      for (const [, sender] of removed) sender.stop()
      return { added: [...senders.keys()].filter((name) => !before.has(name)), removed: removed.map(([name]) => name) }
    },
    all: () => senders,
    /** Also one that waits with an update: another message may go first. */
    send: (): void => {
      for (const sender of senders.values()) sender.send()
    },
    shown: () => Array.from(senders.values(), shown),
    counts: (): ReadonlyMap<string, SentCounts> => new Map(Array.from(senders, ([name, sender]) => [name, sender.counts()])),
    /** Channels that refused a message for good or failed the drill, and have accepted nothing since. */
    refusals: () =>
      [...senders].flatMap(([channel, sender]) => {
        const refusal = sender.refusal()
        return refusal === null ? [] : [{ channel, ...refusal }]
      }),
    /** Channels with waiting messages that can't be reached or accept none for now, or were paused hours ago. */
    unreached: (): readonly Unreached[] =>
      [...senders].flatMap(([channel, sender]): readonly Unreached[] => {
        const pause = pauses.of(channel)
        if (pause !== null && clock.now() - pause.since >= forgottenMs && rows.waitingSince(channel) !== null)
          return [{ channel, since: pause.since, failure: null }]
        const unreached = sender.unreached()
        return unreached === null ? [] : [{ channel, ...unreached }]
      }),
    settled: async (): Promise<void> => {
      await Promise.all(Array.from(senders.values(), (sender) => sender.settled()))
    },
    stop: (): void => {
      for (const sender of senders.values()) sender.stop()
    },
  }
}

type Pause = NonNullable<Channel['pause']>
const rowSchema = z.object({ channel: z.string(), since: z.number(), until: z.number(), by: z.string() })
const longestMs = mostPauseMinutes * 60_000

/** Pauses of channels: messages wait, and are sent as one when the pause is over. */
export function createChannelPauses(clock: Pick<Clock, 'now'>, db: Database) {
  const put = db.prepare('INSERT OR REPLACE INTO channel_pauses (channel, since, until, by) VALUES (?, ?, ?, ?)')
  const pauses = new Map(
    (db.prepare('SELECT channel, since, until, by FROM channel_pauses').all() as readonly unknown[]).flatMap((row) => {
      const { channel, ...pause } = rowSchema.safeParse(row).data ?? {}
      return channel === undefined ? [] : [[channel, pause as Pause] as const]
    }),
  )
  const set = (channel: string, pause: Pause) => {
    put.run(channel, Math.round(pause.since), Math.round(pause.until), pause.by)
    pauses.set(channel, pause)
  }
  return {
    /** null: it is not paused. A clock that was set back makes no pause longer. */
    of: (channel: string): Pause | null => {
      const pause = pauses.get(channel)
      const left = pause === undefined ? 0 : pause.until - clock.now()
      return pause !== undefined && left > 0 && left <= longestMs ? pause : null
    },
    /** Whether something that waits since then was held back by a pause. */
    held: (channel: string, since: number): boolean => since < (pauses.get(channel)?.until ?? 0),
    pause: (channel: string, minutes: number, by: string): void => set(channel, { since: clock.now(), until: clock.now() + minutes * 60_000, by }),
    /** What it holds back may be sent. Returns whether it was paused. */
    resume: (channel: string): boolean => {
      const pause = pauses.get(channel)
      if (pause === undefined || pause.until <= clock.now()) return false
      set(channel, { ...pause, until: clock.now() })
      return true
    },
  }
}
export type ChannelPauses = ReturnType<typeof createChannelPauses>
