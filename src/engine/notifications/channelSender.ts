import type { Clock, Timer } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { createSetBackWatch } from '../../clock/setBackWatch.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import { nextOf } from './channelPace.ts'
import type { ChannelPauses } from './channelPauses.ts'
import { withoutSecrets } from './channelSecrets.ts'
import { type ChannelStatus, createChannelStatus } from './channelStatus.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { MessageEnd, MessageRows, UnsentMessage } from './messageRows.ts'
import { createMessageWriter, type WriterDeps } from './messageWriter.ts'
import { type Notification, plainer } from './notification.ts'
import { keptReceipt, receiptOf } from './receipts.ts'
import { createRenewal } from './renewal.ts'
import type { Sent } from './sent.ts'

export interface SenderDeps extends WriterDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly rows: MessageRows
  readonly pauses: ChannelPauses
  readonly http: HttpDoor
  readonly signal: AbortSignal
}

/** Sends the waiting messages of one channel, one after the other. */
export interface ChannelSender extends ChannelStatus {
  readonly input: () => ChannelInput
  /** Changes the settings of the channel. A message being sent is finished first, so the order of messages is kept. */
  readonly configure: (input: ChannelInput) => void
  /** Sends due messages. */
  readonly send: () => void
  /** Sends a test message immediately. Returns why it failed, or null. */
  readonly test: (isDrill?: boolean) => Promise<SendFailure | null>
  /** Resolves when nothing is being sent. */
  readonly settled: () => Promise<void>
  /** Starts no further sending. */
  readonly stop: () => void
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** Retry interval while the disk can't be written, ms. */
const diskRetryMs = 10_000

export function createChannelSender(deps: SenderDeps, first: ChannelInput): ChannelSender {
  const { clock, log, db, rows, pauses, http, signal } = deps
  const { name } = first
  let input = first
  let busy: Promise<void> | null = null
  let timer: Timer | null = null
  /** Number of consecutive failed attempts. */
  let failures = 0
  let isStopped = false
  /** Stores the outcome of the last attempt, if the disk did not accept it; nothing else is sent until it is stored. */
  let unnoted: (() => void) | null = null
  const status = createChannelStatus(rows, name)
  const renewal = createRenewal(deps, () => pump())
  /** Keeps messages from waiting longer when the clock was set back. */
  const heedSetBack = createSetBackWatch(clock, (ms) => rows.setBack(name, ms))

  const stopWaiting = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
  }
  const stopTimers = () => {
    stopWaiting()
    renewal.stop()
  }
  const wait = (ms: number) => {
    stopWaiting()
    timer = clock.setTimeout(() => {
      timer = null
      pump()
    }, ms)
  }
  const pump = () => {
    if (busy !== null || signal.aborted || isStopped) return
    attemptWrite(heedSetBack)
    if (unnoted !== null && !attemptWrite(unnoted)) return wait(diskRetryMs)
    unnoted = null
    const work = nextWork()
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
  /** Starts whatever is due; null: nothing is. */
  const nextWork = (): Promise<void> | null => {
    const next = nextOf(rows, pauses, input, clock.now())
    if (next !== null && next.messages !== null) {
      // What was waited for is over, as where a pause was ended early: the next one follows.
      stopWaiting()
      return deliver(next.messages)
    }
    // Postponed messages do not delay a due renewal; no renewal is sent while the channel fails.
    if (renewal.isDue() && failures === 0) return renew()
    if (next !== null) wait(Math.min(next.waitMs, longestRetryMs))
    return null
  }

  const write = (change: () => void) => unsynced(db, db.transaction(change))
  /** Keeps how an attempt ended, without secrets. `channel`: as it was when the attempt began; it may have been edited since. */
  const tried = (answer: Sent, channel: ChannelInput): Sent => {
    const sent = withoutSecrets(answer, channel)
    status.tried(sent)
    return sent
  }
  const post = async (channel: ChannelInput, notification: Notification, id: string): Promise<Sent> => {
    const receiptFor = (incident: string) => receiptOf(rows, channel, incident)
    return tried(
      await kindOf(channel).kind.send(channel, notification, { clock, http: http.through(channel.proxy), signal, id, receiptOf: receiptFor }),
      channel,
    )
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
    const damaged = messages.filter((message) => !written.includes(message))
    write(() => {
      for (const { id } of damaged) rows.remove(id)
      for (const { message, notification } of known) rows.begin(message.id, notification.severity)
    })
    if (only === undefined) return
    // Whatever happens now, they must not remain marked as being sent.
    unnoted = () => write(() => rows.resume(name))
    const isOne = known.length === 1
    const id = idOf(written.map((message) => message.id))
    const asItIs = await post(channel, writer.asOne(known.map(({ notification }) => notification)), id)
    // A message refused because of its text may be accepted in a plainer form.
    const sent = !asItIs.ok && asItIs.isFinal ? await post(channel, writtenPlainer(channel, written), id) : asItIs
    failures = sent.ok || sent.isFinal ? 0 : failures + 1
    status.delivered(sent, known.length)
    if (sent.ok) for (const message of written) renewal.accepted(message)
    const end = { ...endOf(sent, channel, clock.now(), failures), toldWith: isOne ? null : only.id }
    // An incident that was notified before keeps its own thread.
    const isThread = ({ event, alarmId }: UnsentMessage) => isOne || event === 'start' || receiptOf(rows, channel, alarmId) === null
    unnoted = () =>
      write(() => {
        for (const message of written) rows.end(message.id, isThread(message) ? end : { ...end, receipt: null })
      })
    unnoted()
    unnoted = null
    if (!sent.ok) log.warn({ channel: name, failure: sent.failure, isFinal: sent.isFinal }, 'a message about an alarm was not accepted')
  }
  /** In English: a message refused because of its characters would be refused again. */
  const writtenPlainer = (channel: ChannelInput, messages: readonly UnsentMessage[]): Notification => {
    const writer = createMessageWriter(deps, channel, clock.now(), 'en')
    return plainer(writer.asOne(messages.flatMap((message) => writer.write(message) ?? [])))
  }
  /** Runs in sequence with the messages, so that no incident is repeated after its end was sent. */
  const renew = async () => {
    const channel = input
    const sent = await renewal.send(channel)
    if (sent !== null) tried(sent, channel)
  }

  const configure = (wanted: ChannelInput) => {
    stopTimers()
    input = wanted
    renewal.configure(wanted)
  }
  configure(first)
  return {
    ...status.shown,
    input: () => input,
    configure,
    send: pump,
    test: async (isDrill = false) => {
      const at = clock.now()
      const sent = await post(input, createMessageWriter(deps, input, at).test(isDrill), `test-${at}`)
      write(() => rows.addTest(name, { at: clock.now(), isDrill, failure: sent.ok ? null : sent.failure }))
      status.tested(sent, isDrill)
      return sent.ok ? null : sent.failure
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

/** How a message ends after its last attempt; `failures`: number of consecutive failed attempts. */
function endOf(sent: Sent, channel: ChannelInput, at: number, failures: number): Omit<MessageEnd, 'toldWith'> {
  if (sent.ok) return { at, failure: null, receipt: keptReceipt(channel, sent.receipt), nextAt: null, mayRepeat: false }
  const nextAt = sent.isFinal ? null : at + (sent.retryAfterMs ?? doublingMs(failures, firstRetryMs, longestRetryMs))
  return { at, failure: sent.failure, receipt: null, nextAt, mayRepeat: sent.mayHaveArrived }
}

/** An id unique to this set of messages, and the same on each attempt: mail servers drop messages whose id they know. */
const idOf = (ids: readonly number[]): string => (ids.length === 1 ? String(ids[0]) : `${ids[0]}-${ids.at(-1)}-${ids.length}`)
