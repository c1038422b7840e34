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
import { withoutSecrets } from './channelSecrets.ts'
import { type ChannelStanding, createChannelStanding } from './channelStanding.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { MessageEnd, MessageRows, UnsentMessage } from './messageRows.ts'
import { createMessageWriter, type WriterDeps } from './messageWriter.ts'
import { keptReceipt, receiptOf } from './receipts.ts'
import { createRenewal } from './renewal.ts'
import type { Sent } from './sent.ts'
import { plainer, type Told } from './told.ts'

export interface SenderDeps extends WriterDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly rows: MessageRows
  readonly http: HttpDoor
  readonly signal: AbortSignal
}

/** Sends what waits for one channel, one message after the other. */
export interface ChannelSender extends ChannelStanding {
  readonly input: () => ChannelInput
  /** The same channel with other keys goes on with what is under way: its messages stay in order. */
  readonly configure: (input: ChannelInput) => void
  /** Sends what is due. */
  readonly send: () => void
  /** Sends a test message at once. */
  readonly test: (isDrill?: boolean) => Promise<SendFailure | null>
  /** Resolves when nothing is on its way. */
  readonly settled: () => Promise<void>
  /** Begins nothing more. */
  readonly stop: () => void
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** While the disk takes nothing, ms. */
const diskRetryMs = 10_000

export function createChannelSender(deps: SenderDeps, first: ChannelInput): ChannelSender {
  const { clock, log, db, rows, http, signal } = deps
  const { name } = first
  let input = first
  let busy: Promise<void> | null = null
  let timer: Timer | null = null
  /** Tries in a row that failed. */
  let failures = 0
  let isStopped = false
  /** What came of the last try, where the disk did not take it: until it is noted, nothing else is sent. */
  let unnoted: (() => void) | null = null
  const standing = createChannelStanding(rows, name)
  const renewal = createRenewal(deps, () => pump())
  /** Where somebody has set the clock back, nothing waits the longer for it. */
  const heedSetBack = createSetBackWatch(clock, (ms) => rows.setBack(name, ms))

  const stopTimers = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
    renewal.stop()
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
  /** Begins what is due; null: nothing is. */
  const nextWork = (): Promise<void> | null => {
    const next = nextOf(rows, input, clock.now())
    if (next !== null && next.messages !== null) return deliver(next.messages)
    // What is put off does not hold up what is due; a channel that fails is left alone.
    if (renewal.isDue() && failures === 0) return renew()
    if (next !== null) wait(Math.min(next.waitMs, longestRetryMs))
    return null
  }

  const write = (change: () => void) => unsynced(db, db.transaction(change))
  const post = async (told: Told, id: string): Promise<Sent> => {
    const receiptFor = (incident: string) => receiptOf(rows, input, incident)
    const answer = await kindOf(input).kind.send(input, told, { clock, http, signal, id, receiptOf: receiptFor })
    const sent: Sent = answer.ok
      ? { ...answer, ...(answer.caution !== undefined && { caution: withoutSecrets(answer.caution, input) }) }
      : { ...answer, failure: withoutSecrets(answer.failure, input) }
    standing.tried(sent)
    return sent
  }
  /** One message, or several that are told as one. */
  const deliver = async (messages: readonly UnsentMessage[]) => {
    const writer = createMessageWriter(deps, input, clock.now())
    const known = messages.flatMap((message) => {
      const told = writer.write(message)
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
    const id = idOf(known.map(({ message }) => message.id))
    const asItIs = await post(writer.asOne(known.map(({ told }) => told)), id)
    // What a channel does not take for its words, it may take without them.
    const sent = !asItIs.ok && asItIs.isFinal ? await post(writtenPlainer(known.map(({ message }) => message)), id) : asItIs
    failures = sent.ok || sent.isFinal ? 0 : failures + 1
    standing.delivered(sent, known.length)
    if (sent.ok) for (const { message } of known) renewal.accepted(message)
    const end = { ...endOf(sent, input, clock.now(), failures), toldWith: isOne ? null : only.message.id }
    // What was told of before has its own thread.
    const isThread = ({ event, alarmId }: UnsentMessage) => isOne || event === 'start' || receiptOf(rows, input, alarmId) === null
    unnoted = () =>
      write(() => {
        for (const { message } of known) rows.end(message.id, isThread(message) ? end : { ...end, receipt: null })
      })
    unnoted()
    unnoted = null
    if (!sent.ok) log.warn({ channel: name, failure: sent.failure, isFinal: sent.isFinal }, 'a message about an alarm was not accepted')
  }
  /** In English: what a channel refuses for its letters it would refuse again. */
  const writtenPlainer = (messages: readonly UnsentMessage[]): Told => {
    const writer = createMessageWriter(deps, input, clock.now(), 'en')
    return plainer(writer.asOne(messages.flatMap((message) => writer.write(message) ?? [])))
  }
  /** In its turn among the messages, so that nothing is told again after its end. */
  const renew = async () => {
    const sent = await renewal.send(input)
    if (sent !== null) standing.tried(sent)
  }

  const configure = (wanted: ChannelInput) => {
    stopTimers()
    input = wanted
    renewal.configure(wanted)
  }
  configure(first)
  return {
    ...standing.shown,
    input: () => input,
    configure,
    send: pump,
    test: async (isDrill = false) => {
      const at = clock.now()
      const sent = await post(createMessageWriter(deps, input, at).test(isDrill), `test-${at}`)
      write(() => rows.addTest(name, { at: clock.now(), isDrill, failure: sent.ok ? null : sent.failure }))
      standing.tested(sent, isDrill)
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

/** How a message ends by its last try; `failures`: tries in a row that failed. */
function endOf(sent: Sent, channel: ChannelInput, at: number, failures: number): Omit<MessageEnd, 'toldWith'> {
  if (sent.ok) return { at, failure: null, receipt: keptReceipt(channel, sent.receipt), nextAt: null, mayRepeat: false }
  const nextAt = sent.isFinal ? null : at + (sent.retryAfterMs ?? doublingMs(failures, firstRetryMs, longestRetryMs))
  return { at, failure: sent.failure, receipt: null, nextAt, mayRepeat: sent.mayHaveArrived }
}

/** The same for the same messages, and for no others: a mail server drops what has an id that it knows. */
const idOf = (ids: readonly number[]): string => (ids.length === 1 ? String(ids[0]) : `${ids[0]}-${ids.at(-1)}-${ids.length}`)
