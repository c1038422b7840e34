import type { Clock, Timer } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import type { Channel, Message, Route, SendFailure } from '../../shared/channels.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { ChangedIncident } from '../alarms/changedIncidents.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { languageOf, mostRenewed } from './channelKind.ts'
import { type ChannelInput, kindOf, shownChannel } from './channelKinds.ts'
import { eventFor, isTold } from './eventFor.ts'
import { createHttpDoor } from './httpDoor.ts'
import { createMessageRows, type UnsentMessage } from './messageRows.ts'
import type { Sent } from './sent.ts'
import { plainer, type Told, testTold, toldOf } from './told.ts'

export interface TellingDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly incident: (id: string) => IncidentDetails | null
  readonly incidentOf: (alarmId: string) => string | null
  /** Tags of a server, by which routes choose. */
  readonly tagsOf: (serverId: string) => readonly string[]
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: string | null
  readonly userAgent: string
  readonly signal: AbortSignal
}

/** Tells incidents to channels: once each, in order, also after a restart, and no channel waits for another. */
export interface Telling {
  /** Adds what is to be told, within the transaction that stores the changed alarms. */
  readonly enqueue: (changed: readonly ChangedIncident[]) => void
  /** Sends what was added, after that transaction. */
  readonly send: () => void
  /** The channels and routes of the configuration file. Without routes, everything goes to every channel. */
  readonly configure: (channels: readonly ChannelInput[], routes: readonly Route[] | null) => void
  readonly channels: () => readonly Channel[]
  /** Sends a test message; undefined: there is no such channel. */
  readonly test: (name: string) => Promise<SendFailure | null | undefined>
  /** Those about the incident of an alarm. */
  readonly messages: (alarmId: string) => readonly Message[]
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const firstRetryMs = 5_000
const longestRetryMs = 300_000
/** While the disk takes nothing, ms. */
const diskRetryMs = 10_000
/** Between two updates of one incident, ms: what happens meanwhile is one. */
const updateEveryMs = 30_000

interface ChannelState {
  input: ChannelInput
  /** Of a channel that forgets: the incidents that it is to be told again. */
  lasting: Set<string> | null
  renewTimer: Timer | null
  isRenewalDue: boolean
  busy: Promise<void> | null
  timer: Timer | null
  failures: number
  failure: SendFailure | null
}

export function createTelling(deps: TellingDeps): Telling {
  const { clock, log, db, signal } = deps
  const rows = createMessageRows(db)
  const http = createHttpDoor(clock, deps.userAgent)
  let states = new Map<string, ChannelState>()
  let routes: readonly Route[] | null = null
  rows.resume()

  const channelsFor = ({ now: { severity, owners } }: ChangedIncident): readonly string[] => {
    if (routes === null) return [...states.keys()]
    const tags = new Set(owners.flatMap(deps.tagsOf))
    const chosen = routes.filter(
      (route) => severity !== null && (route.severities?.includes(severity) ?? true) && (route.tags?.some((tag) => tags.has(tag)) ?? true),
    )
    return [...new Set(chosen.flatMap(({ to }) => to))].filter((name) => states.has(name))
  }
  const enqueueFor = (channel: string, incident: ChangedIncident, isRouted: boolean) => {
    const { id } = incident
    const event = eventFor(rows.lastEvent(id, channel), incident)
    // Whoever was told of a start is told of the end, wherever the incident is routed now.
    if (event === null || (event === 'start' && !isRouted)) return
    // What waits says what is so when it is sent.
    if (event === 'update' && rows.isWaiting(id, channel)) return
    if (event === 'end') rows.takeBack(id, channel)
    const startMissed = event === 'end' && !isTold(rows.lastEvent(id, channel))
    const lastUpdateAt = event === 'update' ? rows.lastUpdateAt(id, channel) : null
    rows.add(id, channel, event, clock.now(), { startMissed, notBefore: lastUpdateAt === null ? 0 : lastUpdateAt + updateEveryMs })
  }

  const wait = (state: ChannelState, ms: number) => {
    if (state.timer !== null) clock.clearTimeout(state.timer)
    state.timer = clock.setTimeout(() => {
      state.timer = null
      pump(state)
    }, ms)
  }
  const pump = (state: ChannelState) => {
    if (state.busy !== null || signal.aborted || states.get(state.input.name) !== state) return
    const message = rows.next(state.input.name, clock.now())
    const waitMs = message === null ? 0 : message.nextAt - clock.now()
    // What is put off does not hold up what is due; a channel that fails is left alone.
    const isDue = message !== null && waitMs <= 0
    const mayRenew = state.isRenewalDue && state.failures === 0
    if (message !== null && !isDue && !mayRenew) {
      wait(state, Math.min(waitMs, longestRetryMs))
      return
    }
    const work = message !== null && isDue ? deliver(state, message) : mayRenew ? renew(state) : null
    if (work === null) return
    state.busy = work
      .catch((error: unknown) => {
        if (signal.aborted) return
        const trouble = classifyStorageError(error)
        if (trouble === null) log.error({ error, channel: state.input.name }, 'a message could not be handled')
        wait(state, diskRetryMs)
      })
      .finally(() => {
        state.busy = null
        if (state.timer === null) pump(state)
      })
  }
  /** A channel of this name may have been of another kind when it was told before, whose receipts mean nothing to this one. */
  const receiptFor = (state: ChannelState, incident: string): string | null => {
    const kept = rows.receiptOf(incident, state.input.name)
    const prefix = `${kindOf(state.input).name} `
    return kept?.startsWith(prefix) ? kept.slice(prefix.length) : null
  }
  const send = (state: ChannelState, told: Told, message: { readonly id: string; readonly receipt: string | null }): Promise<Sent> =>
    kindOf(state.input).kind.send(state.input, told, { clock, http, signal, ...message })
  const deliver = async (state: ChannelState, message: UnsentMessage) => {
    const incident = deps.incident(message.alarmId)
    if (incident === null) {
      // Its rows are damaged, and nothing can be said of it any more.
      unsynced(db, () => rows.remove(message.id))
      return
    }
    unsynced(db, () => rows.begin(message.id))
    const told = toldOf(message, incident, { publicUrl: deps.publicUrl, at: clock.now(), language: languageOf(state.input) })
    const which = { id: String(message.id), receipt: receiptFor(state, message.alarmId) }
    let sent = await send(state, told, which)
    // What a channel does not take for its words, it may take without them.
    if (!sent.ok && sent.isFinal) sent = await send(state, plainer(told), which)
    state.failure = sent.ok ? (sent.caution ?? null) : sent.failure
    state.failures = sent.ok || sent.isFinal ? 0 : state.failures + 1
    const at = clock.now()
    const ended = sent
    if (ended.ok && message.event === 'end') state.lasting?.delete(message.alarmId)
    else if (ended.ok) state.lasting?.add(message.alarmId)
    unsynced(db, () =>
      ended.ok
        ? rows.end(message.id, {
            at,
            failure: null,
            receipt: ended.receipt === undefined ? null : `${kindOf(state.input).name} ${ended.receipt}`,
            nextAt: null,
            mayRepeat: false,
          })
        : rows.end(message.id, {
            at,
            failure: ended.failure,
            receipt: null,
            nextAt: ended.isFinal ? null : at + (ended.retryAfterMs ?? doublingMs(state.failures, firstRetryMs, longestRetryMs)),
            mayRepeat: ended.mayHaveArrived,
          }),
    )
    if (!ended.ok) log.warn({ channel: state.input.name, failure: ended.failure, isFinal: ended.isFinal }, 'a message about an alarm was not accepted')
  }
  /** In its turn among the messages, so that nothing is told again after its end. */
  const renew = async (state: ChannelState) => {
    state.isRenewalDue = false
    const { renewal } = kindOf(state.input).kind
    if (renewal === undefined || state.lasting === null) return
    const ids = [...state.lasting]
    for (let first = 0; first < ids.length; first += mostRenewed) {
      const lasting = ids.slice(first, first + mostRenewed).flatMap((id) => {
        const incident = deps.incident(id)
        if (incident === null || incident.alarms.every(({ closed }) => closed !== null)) state.lasting?.delete(id)
        // Of one that has healed the end is on its way.
        if (incident === null || incident.healedAt !== null) return []
        const about = { event: 'update', mayRepeat: false, startMissed: false } as const
        const told = toldOf(about, incident, { publicUrl: deps.publicUrl, at: clock.now(), language: languageOf(state.input) })
        return [{ told, receipt: receiptFor(state, id) }]
      })
      if (lasting.length === 0) continue
      const sent = await renewal.send(state.input, lasting, { http, signal })
      state.failure = sent.ok ? null : sent.failure
      if (!sent.ok) return
    }
  }
  const renewLater = (state: ChannelState) => {
    const { renewal } = kindOf(state.input).kind
    if (renewal === undefined) return
    state.renewTimer = clock.setTimeout(() => {
      state.isRenewalDue = true
      renewLater(state)
      pump(state)
    }, renewal.everyMs)
  }
  const stopTimers = (state: ChannelState) => {
    for (const timer of [state.timer, state.renewTimer]) if (timer !== null) clock.clearTimeout(timer)
    state.timer = null
    state.renewTimer = null
  }
  const sendAll = () => {
    // Also one that waits with an update: another message may go first.
    for (const state of states.values()) pump(state)
  }

  return {
    enqueue: (changed) => {
      for (const incident of changed) {
        const routed = new Set(channelsFor(incident))
        for (const name of states.keys()) enqueueFor(name, incident, routed.has(name))
      }
    },
    send: sendAll,
    configure: (channels, wanted) => {
      for (const state of states.values()) stopTimers(state)
      // A channel whose URL changed goes on with what is under way: its messages stay in order.
      states = new Map(
        channels.map((input) => {
          const state: ChannelState = states.get(input.name) ?? {
            input,
            lasting: null,
            renewTimer: null,
            isRenewalDue: false,
            busy: null,
            timer: null,
            failures: 0,
            failure: null,
          }
          state.input = input
          // What it was told before this console began may be forgotten by now.
          state.lasting = kindOf(input).kind.renewal === undefined ? null : new Set(rows.lasting(input.name))
          state.isRenewalDue = true
          renewLater(state)
          return [input.name, state]
        }),
      )
      routes = wanted
      rows.abandon([...states.keys()], clock.now())
      sendAll()
    },
    channels: () =>
      Array.from(states.values(), ({ input, failure }) => ({
        ...shownChannel(input),
        failure,
        ...rows.counts(input.name),
      })),
    test: async (name) => {
      const state = states.get(name)
      if (state === undefined) return undefined
      const sent = await send(state, testTold(clock.now()), { id: `test-${clock.now()}`, receipt: null })
      state.failure = sent.ok ? (sent.caution ?? null) : sent.failure
      return sent.ok ? null : sent.failure
    },
    messages: (alarmId) => rows.ofIncident(deps.incidentOf(alarmId) ?? alarmId),
    settled: async () => {
      await Promise.all(Array.from(states.values(), ({ busy }) => busy))
    },
    [Symbol.asyncDispose]: async () => {
      for (const state of states.values()) stopTimers(state)
      await http.close()
    },
  }
}
