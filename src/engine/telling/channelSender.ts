import type { Clock, Timer } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { createSetBackWatch } from '../../clock/setBackWatch.ts'
import type { Channel, SentCounts } from '../../shared/channels.ts'
import type { DailyDetails } from '../../shared/dailyChecks.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { AcknowledgeLinks } from './acknowledgeLinks.ts'
import { languageOf, mostRenewed } from './channelKind.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import { withoutSecrets } from './channelSecrets.ts'
import type { HttpDoor } from './httpDoor.ts'
import { type MessageEnd, type MessageRows, type ReportName, reportOf, type UnsentMessage } from './messageRows.ts'
import type { Sent } from './sent.ts'
import { bareEnd, plainer, reportTold, summaryOf, type Told, type ToldContext, testTold, toldOf } from './told.ts'

export interface SenderDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly rows: MessageRows
  readonly http: HttpDoor
  readonly incident: (id: string) => IncidentDetails | null
  /** A report of the daily check; null: it is not kept any more. */
  readonly report: (report: ReportName) => DailyDetails | null
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: string | null
  /** null: nothing can be acknowledged without signing in. */
  readonly links: AcknowledgeLinks | null
  readonly signal: AbortSignal
}

export interface SenderRefusal {
  readonly what: 'message' | 'drill'
  readonly failure: SendFailure
}

/** A channel that messages wait for. */
export interface Unreached {
  readonly channel: string
  /** When the oldest of them was to be sent, epoch ms. */
  readonly since: number
  readonly failure: SendFailure
}

/** Sends what waits for one channel, one message after the other. */
export interface ChannelSender {
  readonly input: () => ChannelInput
  /** The same channel with other keys goes on with what is under way: its messages stay in order. */
  readonly configure: (input: ChannelInput) => void
  /** Sends what is due. */
  readonly send: () => void
  /** Sends a test message at once. */
  readonly test: (isDrill?: boolean) => Promise<SendFailure | null>
  /** What it refused for good, or that the drill did not reach it; null: neither, or it accepted something since. */
  readonly refusal: () => SenderRefusal | null
  /** Messages wait because it can't be reached, or takes nothing now: since when, and why; null: none does. */
  readonly unreached: () => Omit<Unreached, 'channel'> | null
  /** Of its last try; null: that one was accepted. */
  readonly failure: () => SendFailure | null
  readonly counts: () => SentCounts
  /** What comes within so many minutes is told as one; null: it does not collect. */
  readonly digestMinutes: () => number | null
  /** It gets so many messages in so many minutes; null: all. */
  readonly limit: () => Channel['limit']
  /** When what waits is sent, if its limit is reached or it collects; null: at once. */
  readonly heldUntil: () => number | null
  /** Resolves when nothing is on its way. */
  readonly settled: () => Promise<void>
  /** Begins nothing more. */
  readonly stop: () => void
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** While the disk takes nothing, ms. */
const diskRetryMs = 10_000
const minuteMs = 60_000
/** A longer one is none of ours: the longest is a Message-ID, a line of mail. */
const longestReceipt = 1_000
const defaultPerMinutes = 60
/** So many messages are told as one. */
const mostAsOne = 100
/** No message is put off for longer than this (a channel that asks for more time gets no more), ms: the clock was set back while no console ran. */
const longestPutOffMs = 3_600_000

export function createChannelSender({ clock, log, db, rows, http, signal, ...deps }: SenderDeps, first: ChannelInput): ChannelSender {
  const { name } = first
  let input = first
  /** Of a channel that forgets: the incidents that it is to be told again. */
  let lasting: Set<string> | null = null
  let isRenewalDue = false
  let busy: Promise<void> | null = null
  let timer: Timer | null = null
  let renewTimer: Timer | null = null
  let failures = 0
  let failure: SendFailure | null = null
  let refusal: SenderRefusal | null = rows.refusal(name)
  /** Some may wait after a try that failed: only then the disk is asked, as this is asked for each second. */
  let isUnsent = true
  let isStopped = false
  /** What came of the last try, where the disk did not take it: until it is noted, nothing else is sent. */
  let unnoted: (() => void) | null = null
  const counts = { accepted: 0, failed: 0, refused: 0 }

  const stopTimers = () => {
    for (const one of [timer, renewTimer]) if (one !== null) clock.clearTimeout(one)
    timer = null
    renewTimer = null
  }
  const wait = (ms: number) => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = clock.setTimeout(() => {
      timer = null
      pump()
    }, ms)
  }
  /** Where somebody has set the clock back, nothing waits the longer for it. */
  const heedSetBack = createSetBackWatch(clock, (ms) => rows.setBack(name, ms))
  const pump = () => {
    if (busy !== null || signal.aborted || isStopped) return
    attemptWrite(heedSetBack)
    if (unnoted !== null && !attemptWrite(unnoted)) return wait(diskRetryMs)
    unnoted = null
    const now = clock.now()
    const message = rows.next(name, now)
    const limit = message === null ? null : limitAt(now)
    const isSetBack = message !== null && message.nextAt - now > longestPutOffMs
    const nextAt = message === null || isSetBack ? now : message.nextAt
    const waitMs = limit === null ? 0 : Math.max(nextAt, limit.from, digestAt() ?? now) - now
    // What is put off does not hold up what is due; a channel that fails is left alone.
    const isDue = message !== null && waitMs <= 0
    const mayRenew = isRenewalDue && failures === 0
    if (message !== null && !isDue && !mayRenew) {
      wait(Math.min(waitMs, longestRetryMs))
      return
    }
    // The last one before the limit says all that waits.
    const saysAll = limit?.left === 1 || input.digestMinutes !== undefined
    const work =
      message !== null && isDue
        ? deliver(saysAll ? asOne(message, rows.due(name, isSetBack ? message.nextAt : now, mostAsOne)) : [message])
        : mayRenew
          ? renew()
          : null
    if (work === null) return
    busy = work
      .catch((error: unknown) => {
        if (signal.aborted) return
        const trouble = classifyStorageError(error)
        if (trouble === null) log.error({ error, channel: name }, 'a message could not be handled')
        wait(diskRetryMs)
      })
      .finally(() => {
        busy = null
        if (timer === null) pump()
      })
  }

  /** A channel of this name may have been of another kind when it was told before, whose receipts mean nothing to this one. */
  const receiptFor = (incident: string): string | null => {
    const kept = rows.receiptOf(incident, name)
    const prefix = `${kindOf(input).name} `
    return kept?.startsWith(prefix) ? kept.slice(prefix.length) : null
  }
  const context = (language = languageOf(input)): ToldContext => {
    const at = clock.now()
    const links = input.acknowledgeLink === false ? null : deps.links
    return { publicUrl: deps.publicUrl, at, language, ackUrlOf: (incident) => links?.urlOf(incident, name, at) ?? null }
  }
  const toldAbout = (message: Parameters<typeof toldOf>[0], incident: IncidentDetails, language = languageOf(input)): Told =>
    toldOf(message, incident, context(language))
  /** null: there is nothing left to say. */
  const toldBy = (message: UnsentMessage, language = languageOf(input)): Told | null => {
    const named = reportOf(message)
    if (named !== null) {
      const report = deps.report(named)
      return report && reportTold(report, message.mayRepeat, context(language))
    }
    const incident = deps.incident(message.alarmId)
    if (incident !== null) return toldAbout(message, incident, language)
    // Of rows that are damaged nothing can be said any more, but that it is over.
    const severity = message.event === 'end' && !message.startMissed ? rows.saidSeverity(message.alarmId, name) : null
    return severity && bareEnd(message, severity, context(language))
  }
  const toldAsOne = (all: readonly Told[], language = languageOf(input)): Told => (all.length === 1 ? (all[0] as Told) : summaryOf(all, context(language)))
  /** In English: what a channel refuses for its letters it would refuse again. */
  const toldPlainer = (messages: readonly UnsentMessage[]): Told =>
    plainer(
      toldAsOne(
        messages.flatMap((message) => toldBy(message, 'en') ?? []),
        'en',
      ),
    )
  const write = (change: () => void) => unsynced(db, db.transaction(change))
  const post = async (told: Told, id: string): Promise<Sent> => {
    const answer = await kindOf(input).kind.send(input, told, { clock, http, signal, id, receiptOf: receiptFor })
    const sent: Sent = answer.ok
      ? { ...answer, ...(answer.caution !== undefined && { caution: withoutSecrets(answer.caution, input) }) }
      : { ...answer, failure: withoutSecrets(answer.failure, input) }
    failure = sent.ok ? (sent.caution ?? null) : sent.failure
    return sent
  }
  const endOf = (sent: Sent): Omit<MessageEnd, 'toldWith'> => {
    const at = clock.now()
    if (sent.ok) {
      const isKept = sent.receipt !== undefined && sent.receipt.length <= longestReceipt
      const receipt = isKept ? `${kindOf(input).name} ${sent.receipt}` : null
      return { at, failure: null, receipt, nextAt: null, mayRepeat: false }
    }
    const nextAt = sent.isFinal ? null : at + (sent.retryAfterMs ?? doublingMs(failures, firstRetryMs, longestRetryMs))
    return { at, failure: sent.failure, receipt: null, nextAt, mayRepeat: sent.mayHaveArrived }
  }
  /** When the channel may get the next message, and how many before its limit is reached. */
  const limitAt = (now: number): { readonly from: number; readonly left: number } => {
    const { atMost, perMinutes = defaultPerMinutes } = input
    if (atMost === undefined) return { from: now, left: Number.POSITIVE_INFINITY }
    const accepted = rows.acceptedAt(name, { after: now - perMinutes * minuteMs, until: now }, atMost)
    const oldest = accepted[atMost - 1]
    return oldest === undefined ? { from: now, left: atMost - accepted.length } : { from: oldest + perMinutes * minuteMs, left: 0 }
  }
  /** When all that waits is told as one; null: it does not collect, or nothing waits. */
  const digestAt = (): number | null => {
    const since = input.digestMinutes === undefined ? null : rows.waitingSince(name)
    if (since === null) return null
    const now = clock.now()
    // After a clock was set back nobody knows for how long it has waited.
    return since > now ? now : since + (input.digestMinutes ?? 0) * minuteMs
  }
  /** One message, or several that are told as one. */
  const deliver = async (messages: readonly UnsentMessage[]) => {
    const known = messages.flatMap((message) => {
      const told = toldBy(message)
      return told === null ? [] : [{ message, told }]
    })
    const [only] = known
    const damaged = messages.filter((message) => !known.some((one) => one.message === message))
    write(() => {
      for (const { id } of damaged) rows.remove(id)
      for (const { message, told } of known) rows.begin(message.id, told.severity)
    })
    if (only === undefined) return
    // Whatever happens now, they are not left as being sent.
    unnoted = () => write(() => rows.resume(name))
    const isOne = known.length === 1
    const told = toldAsOne(known.map((one) => one.told))
    const id = idOf(known.map(({ message }) => message.id))
    const asItIs = await post(told, id)
    // What a channel does not take for its words, it may take without them.
    const sent = !asItIs.ok && asItIs.isFinal ? await post(toldPlainer(known.map(({ message }) => message)), id) : asItIs
    failures = sent.ok || sent.isFinal ? 0 : failures + 1
    isUnsent = true
    counts[sent.ok ? 'accepted' : sent.isFinal ? 'refused' : 'failed'] += known.length
    for (const { message } of known) {
      if (sent.ok && message.event === 'end') lasting?.delete(message.alarmId)
      else if (sent.ok && message.event !== 'report') lasting?.add(message.alarmId)
    }
    if (sent.ok || sent.isFinal) refusal = sent.ok ? null : { what: 'message', failure: sent.failure }
    const end = { ...endOf(sent), toldWith: isOne ? null : only.message.id }
    // What was told of before has its own thread.
    const isThread = ({ event, alarmId }: UnsentMessage) => isOne || event === 'start' || receiptFor(alarmId) === null
    unnoted = () =>
      write(() => {
        for (const { message } of known) rows.end(message.id, isThread(message) ? end : { ...end, receipt: null })
      })
    unnoted()
    unnoted = null
    if (!sent.ok) log.warn({ channel: name, failure: sent.failure, isFinal: sent.isFinal }, 'a message about an alarm was not accepted')
  }

  /** In its turn among the messages, so that nothing is told again after its end. */
  const renew = async () => {
    isRenewalDue = false
    const { renewal } = kindOf(input).kind
    if (renewal === undefined || lasting === null) return
    const ids = [...lasting]
    for (let start = 0; start < ids.length; start += mostRenewed) {
      const again = ids.slice(start, start + mostRenewed).flatMap((id) => {
        const incident = deps.incident(id)
        if (incident === null || incident.alarms.every(({ closed }) => closed !== null)) lasting?.delete(id)
        // Of one that has healed the end is on its way.
        if (incident === null || incident.healedAt !== null) return []
        return [
          { told: toldAbout({ event: 'update', at: clock.now(), mayRepeat: false, startMissed: false, escalated: false }, incident), receipt: receiptFor(id) },
        ]
      })
      if (again.length === 0) continue
      const sent = await renewal.send(input, again, { http, signal })
      failure = sent.ok ? null : sent.failure
      if (!sent.ok) return
    }
  }
  const renewLater = () => {
    const { renewal } = kindOf(input).kind
    if (renewal === undefined) return
    renewTimer = clock.setTimeout(() => {
      isRenewalDue = true
      renewLater()
      pump()
    }, renewal.everyMs)
  }

  const configure = (wanted: ChannelInput) => {
    stopTimers()
    input = wanted
    // What it was told before this console began may be forgotten by now.
    lasting = kindOf(input).kind.renewal === undefined ? null : new Set(rows.lasting(name))
    isRenewalDue = true
    renewLater()
  }
  configure(first)
  return {
    input: () => input,
    configure,
    send: pump,
    test: async (isDrill = false) => {
      const sent = await post(testTold(context(), isDrill), `test-${clock.now()}`)
      write(() => rows.addTest(name, { at: clock.now(), isDrill, failure: sent.ok ? null : sent.failure }))
      if (sent.ok) refusal = null
      else if (isDrill) refusal ??= { what: 'drill', failure: sent.failure }
      return sent.ok ? null : sent.failure
    },
    failure: () => failure,
    refusal: () => refusal,
    unreached: () => {
      const unsent = isUnsent ? rows.unsent(name) : null
      isUnsent = unsent !== null
      return unsent
    },
    counts: () => ({ ...counts }),
    digestMinutes: () => input.digestMinutes ?? null,
    limit: () => (input.atMost === undefined ? null : { messages: input.atMost, minutes: input.perMinutes ?? defaultPerMinutes }),
    heldUntil: () => {
      const now = clock.now()
      const { from, left } = limitAt(now)
      const until = Math.max(left === 0 ? from : 0, digestAt() ?? 0)
      return until > now ? until : null
    },
    settled: async () => {
      await busy
    },
    stop: () => {
      isStopped = true
      stopTimers()
    },
  }
}

/** Those of alarms, which can be told as one and go first; else `next`. A report says too much to be one of several. */
function asOne(next: UnsentMessage, due: readonly UnsentMessage[]): readonly UnsentMessage[] {
  const ofAlarms = due.filter(({ event }) => event !== 'report')
  return ofAlarms.length > 0 ? ofAlarms : [next]
}

/** The same for the same messages, and for no others: a mail server drops what has an id that it knows. */
const idOf = (ids: readonly number[]): string => (ids.length === 1 ? String(ids[0]) : `${ids[0]}-${ids.at(-1)}-${ids.length}`)
