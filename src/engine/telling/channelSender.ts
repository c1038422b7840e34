import type { Clock, Timer } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import type { SendFailure } from '../../shared/channels.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { languageOf, mostRenewed } from './channelKind.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { MessageEnd, MessageRows, UnsentMessage } from './messageRows.ts'
import type { Sent } from './sent.ts'
import { plainer, type Told, testTold, toldOf } from './told.ts'

export interface SenderDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly rows: MessageRows
  readonly http: HttpDoor
  readonly incident: (id: string) => IncidentDetails | null
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: string | null
  readonly signal: AbortSignal
}

/** Sends what waits for one channel, one message after the other. */
export interface ChannelSender {
  readonly input: () => ChannelInput
  /** The same channel with other keys goes on with what is under way: its messages stay in order. */
  readonly configure: (input: ChannelInput) => void
  /** Sends what is due. */
  readonly send: () => void
  /** Sends a test message at once. */
  readonly test: () => Promise<SendFailure | null>
  /** Of its last try; null: that one was accepted. */
  readonly failure: () => SendFailure | null
  /** Resolves when nothing is on its way. */
  readonly settled: () => Promise<void>
  /** Begins nothing more. */
  readonly stop: () => void
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** While the disk takes nothing, ms. */
const diskRetryMs = 10_000

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
  let isStopped = false

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
  const pump = () => {
    if (busy !== null || signal.aborted || isStopped) return
    const message = rows.next(name, clock.now())
    const waitMs = message === null ? 0 : message.nextAt - clock.now()
    // What is put off does not hold up what is due; a channel that fails is left alone.
    const isDue = message !== null && waitMs <= 0
    const mayRenew = isRenewalDue && failures === 0
    if (message !== null && !isDue && !mayRenew) {
      wait(Math.min(waitMs, longestRetryMs))
      return
    }
    const work = message !== null && isDue ? deliver(message) : mayRenew ? renew() : null
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
  const toldAbout = (message: Parameters<typeof toldOf>[0], incident: IncidentDetails): Told =>
    toldOf(message, incident, { publicUrl: deps.publicUrl, at: clock.now(), language: languageOf(input) })
  const post = async (told: Told, message: { readonly id: string; readonly receipt: string | null }): Promise<Sent> => {
    const sent = await kindOf(input).kind.send(input, told, { clock, http, signal, ...message })
    failure = sent.ok ? (sent.caution ?? null) : sent.failure
    return sent
  }
  const endOf = (sent: Sent): MessageEnd => {
    const at = clock.now()
    if (sent.ok) {
      const receipt = sent.receipt === undefined ? null : `${kindOf(input).name} ${sent.receipt}`
      return { at, failure: null, receipt, nextAt: null, mayRepeat: false }
    }
    const nextAt = sent.isFinal ? null : at + (sent.retryAfterMs ?? doublingMs(failures, firstRetryMs, longestRetryMs))
    return { at, failure: sent.failure, receipt: null, nextAt, mayRepeat: sent.mayHaveArrived }
  }
  const deliver = async (message: UnsentMessage) => {
    const { id, alarmId, event } = message
    const incident = deps.incident(alarmId)
    if (incident === null) {
      // Its rows are damaged, and nothing can be said of it any more.
      unsynced(db, () => rows.remove(id))
      return
    }
    unsynced(db, () => rows.begin(id))
    const told = toldAbout(message, incident)
    const which = { id: String(id), receipt: receiptFor(alarmId) }
    const asItIs = await post(told, which)
    // What a channel does not take for its words, it may take without them.
    const sent = !asItIs.ok && asItIs.isFinal ? await post(plainer(told), which) : asItIs
    failures = sent.ok || sent.isFinal ? 0 : failures + 1
    if (sent.ok && event === 'end') lasting?.delete(alarmId)
    else if (sent.ok) lasting?.add(alarmId)
    unsynced(db, () => rows.end(id, endOf(sent)))
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
        return [{ told: toldAbout({ event: 'update', mayRepeat: false, startMissed: false, escalated: false }, incident), receipt: receiptFor(id) }]
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
    test: async () => {
      const sent = await post(testTold(clock.now()), { id: `test-${clock.now()}`, receipt: null })
      return sent.ok ? null : sent.failure
    },
    failure: () => failure,
    settled: async () => {
      await busy
    },
    stop: () => {
      isStopped = true
      stopTimers()
    },
  }
}
