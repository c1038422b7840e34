import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { createSetBackWatch } from '../../clock/setBackWatch.ts'
import type { Channel, Message, MessageEvent, Readiness, SentCounts, ShownRoute } from '../../shared/channels.ts'
import type { DailyDetails } from '../../shared/dailyChecks.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { AcknowledgeLinks } from './acknowledgeLinks.ts'
import { languageOf } from './channelKind.ts'
import { type ChannelInput, kindOf, shownChannel } from './channelKinds.ts'
import { heldUntil, limitOf } from './channelPace.ts'
import { type ChannelSender, createChannelSender } from './channelSender.ts'
import type { SenderRefusal, Unreached } from './channelStanding.ts'
import { createDrill, type DrillDeps, type DrillInput } from './drill.ts'
import { createEscalationRows } from './escalationRows.ts'
import { eventFor, isTold } from './eventFor.ts'
import { createHeartbeat, type HeartbeatInput } from './heartbeat.ts'
import { createHttpDoor } from './httpDoor.ts'
import { createMessageRows, type ReportName, reportKey } from './messageRows.ts'
import { createRoutes, type RouteInForce, type Routes, type RoutesDeps } from './routes.ts'

export interface TellingDeps extends RoutesDeps, Pick<DrillDeps, 'weeklyBegins' | 'settings'> {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly incident: (id: string) => IncidentDetails | null
  /** A report of the daily check; null: it is not kept any more. */
  readonly report: (report: ReportName) => DailyDetails | null
  readonly incidentOf: (alarmId: string) => string | null
  /** What an incident comes to; null: it has no open alarm. */
  readonly extent: (incident: string) => IncidentExtent | null
  /** The same of all with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, IncidentExtent]>
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: string | null
  /** Makes links to acknowledge without signing in; null: there are none. */
  readonly links: AcknowledgeLinks | null
  readonly userAgent: string
  /** By how much the clock was set back while no console ran, ms; left out: not at all. */
  readonly setBackMs?: number
  readonly signal: AbortSignal
}

/** What a channel did not take. */
export interface ChannelRefusal extends SenderRefusal {
  readonly channel: string
}

/** Tells incidents to channels: once each, in order, also after a restart, and no channel waits for another. */
export interface Telling {
  /** Adds what is to be told, within the transaction that stores the changed alarms. */
  readonly enqueue: (changed: readonly ChangedIncident[]) => void
  /** Tells a report to channels, each of them once however often this is called; false: the disk takes nothing now. */
  readonly tellReport: (report: ReportName, channels: readonly string[]) => boolean
  /** Those of these names that no report can be told to: there is no such channel, or it knows alarms only. */
  readonly noReportsTo: (channels: readonly string[]) => readonly string[]
  /** Sends what was added, after that transaction. */
  readonly send: () => void
  /** The channels and routes of the configuration file. Without routes, everything goes to every channel. */
  readonly configure: (
    channels: readonly ChannelInput[],
    routes: readonly RouteInForce[] | null,
    more?: { readonly heartbeat?: HeartbeatInput | null | undefined; readonly drill?: DrillInput | null | undefined },
  ) => void
  readonly readiness: () => Omit<Readiness, 'entered'>
  readonly channels: () => readonly Omit<Channel, 'entered'>[]
  /** By the names of channels; a channel of another kind begins at 0. */
  readonly sent: () => ReadonlyMap<string, SentCounts>
  /** Which channels are told of what; null: all of everything. */
  readonly routes: () => ShownRoute[] | null
  /** Channels that refused a message for good, or that the drill did not reach, and that accepted nothing since; and why. */
  readonly refusals: () => readonly ChannelRefusal[]
  /** Channels that messages wait for, because they can't be reached or take nothing now. */
  readonly unreached: () => readonly Unreached[]
  /** Sends a test message; undefined: there is no such channel. */
  readonly test: (name: string) => Promise<SendFailure | null | undefined>
  /** Language of a channel whose messages have links to acknowledge; null: they have none, or there is no such channel. */
  readonly linkLanguageOf: (channel: string) => Language | null
  /** Those about the incident of an alarm. */
  readonly messages: (alarmId: string) => readonly Message[]
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Between two updates of one incident, ms: what happens meanwhile is one. */
const updateEveryMs = 30_000
/**
 * An end is sent this long after its start at the earliest, ms. What is gone for some seconds every minute can't be told from a single short outage
 * before it is gone again: a minute, its on-delay and a round of polls later. The end of whatever lasts longer is sent at once.
 */
const endAfterMs = 75_000
/** How often it is looked whether the times of a route began, or an escalation is due, ms. */
const lookMs = 1_000
/** So many tests of a channel are listed. */
const shownTests = 10

export function createTelling(deps: TellingDeps): Telling {
  const { clock, log, db, signal } = deps
  const rows = createMessageRows(db)
  const escalations = createEscalationRows(db)
  const http = createHttpDoor(clock, deps.userAgent)
  const heartbeat = createHeartbeat({ clock, log, http, signal })
  const drill = createDrill({ ...deps, lastDrillAt: rows.lastDrillAt })
  let drilling: Promise<unknown> | null = null
  let senders: ReadonlyMap<string, ChannelSender> = new Map()
  /** Channels that are configured again, and may have missed ends. */
  const returned = new Set<string>()
  let routes: Routes | null = null
  /** Nothing was looked at by these routes yet. */
  let isNew = true
  rows.resume()
  if (deps.setBackMs) {
    rows.setBack(null, deps.setBackMs)
    escalations.setBack(deps.setBackMs)
  }

  /** From when on a message may be sent, epoch ms. */
  const notBefore = (event: MessageEvent, { id, changes }: ChangedIncident, channel: string): number => {
    const after = (at: number | null, ms: number): number => (at === null ? 0 : Math.min(at, clock.now()) + ms)
    if (event === 'update') return after(rows.lastUpdateAt(id, channel), updateEveryMs)
    // What is closed does not return under this key.
    if (event === 'end' && !changes.some(({ kind }) => kind === 'closed')) return after(rows.lastStartAt(id, channel), endAfterMs)
    return 0
  }
  const enqueueFor = (channel: string, incident: ChangedIncident, { isRouted = true, escalated = false } = {}) => {
    const { id } = incident
    // It is back before its end was sent: for the channel it never ended, also while it is put away.
    if (incident.now.lasting > 0 && rows.last(id, channel)?.event === 'end') rows.takeBack(id, channel)
    const event = eventFor(rows.last(id, channel), incident)
    // Whoever was told of a start is told of the end, wherever the incident is routed now.
    if (event === null || (event === 'start' && !isRouted)) return
    // What waits says what is so when it is sent.
    if (event === 'update' && rows.isWaiting(id, channel)) return
    if (event === 'end') rows.takeBack(id, channel)
    const startMissed = event === 'end' && !isTold(rows.last(id, channel))
    rows.add(id, channel, event, clock.now(), { startMissed, escalated, notBefore: notBefore(event, incident, channel) })
  }
  /** Whoever an incident is escalated to is told later, unless somebody takes it before. */
  const escalateLater = (id: string, extent: IncidentExtent) => {
    if (routes === null || extent.untaken === 0) return
    for (const [name, afterMs] of routes.escalations(extent, clock.now())) if (!isTold(rows.last(id, name))) escalations.add(id, name, clock.now() + afterMs)
  }
  /** Tells as it is what lasts and nobody has taken, though nothing happened to it. */
  const tellAsIs = (channel: string, id: string, extent: IncidentExtent, escalated: boolean) => {
    if (extent.untaken > 0) enqueueFor(channel, { id, before: extent, now: extent, changes: [] }, { escalated })
  }
  /** What lasts and nobody has taken, and what channels were told of and what ended while they were not configured. */
  const catchUp = () => {
    if (returned.size === 0) return
    const write = db.transaction(() => {
      for (const name of returned) for (const id of rows.lasting(name)) if ((deps.extent(id)?.lasting ?? 0) === 0) rows.add(id, name, 'end', clock.now())
      for (const [id, extent] of deps.extents()) {
        const routed = new Set(routes === null ? returned : routes.channels(extent, clock.now()))
        for (const name of returned) if (routed.has(name)) tellAsIs(name, id, extent, false)
      }
    })
    // Or it is tried again with the next change.
    if (attemptWrite(() => unsynced(db, () => write()))) returned.clear()
  }
  const send = () => {
    catchUp()
    // Also one that waits with an update: another message may go first.
    for (const sender of senders.values()) sender.send()
  }

  const takesReports = (name: string): boolean => {
    const input = senders.get(name)?.input()
    return input !== undefined && kindOf(input).kind.isKeyed !== true
  }

  /** Where somebody has set the clock back, nobody waits the longer for it. */
  const heedSetBack = createSetBackWatch(clock, escalations.setBack)

  /** The times of routes may have begun, and escalations be due. */
  const look = () => {
    const at = clock.now()
    attemptWrite(heedSetBack)
    const opened = routes?.opened(at) ?? null
    // What can't be judged now waits.
    const due = escalations.due(at).filter(({ incident }) => (deps.extent(incident)?.untaken ?? 0) > 0)
    if (opened === null && due.length === 0 && !isNew) return
    const write = db.transaction(() => {
      for (const escalation of due) {
        const { incident, channel } = escalation
        const extent = deps.extent(incident)
        escalations.remove(escalation)
        if (extent !== null && senders.has(channel)) tellAsIs(channel, incident, extent, true)
      }
      if (opened === null && !isNew) return
      for (const [id, extent] of deps.extents()) {
        for (const name of new Set(opened?.channels(extent))) tellAsIs(name, id, extent, false)
        escalateLater(id, extent)
      }
    })
    if (!attemptWrite(() => unsynced(db, () => write()))) return
    isNew = false
    opened?.seen()
    send()
  }
  const drillInTime = () => {
    const names = drill.due([...senders.keys()])
    if (names.length === 0) return
    drilling = Promise.all(names.map((name) => senders.get(name)?.test(true))).then(drill.finished, (error: unknown) => {
      if (!signal.aborted) log.error({ error }, 'the drill of the channels failed')
    })
  }
  let looking = new AbortController()
  const lookOn = () => {
    looking.abort()
    looking = new AbortController()
    if (routes?.areTimed !== true && drill.input() === null) return
    void every(clock)(
      {
        intervalMs: lookMs,
        firstDelayMs: lookMs,
        timeoutMs: null,
        seed: 'telling',
        signal: AbortSignal.any([signal, looking.signal]),
        onBug: (error) => log.error({ error }, 'routes could not be looked at'),
      },
      async () => {
        look()
        drillInTime()
      },
    )
  }

  return {
    enqueue: (changed) => {
      heedSetBack()
      for (const incident of changed) {
        const routed = new Set(routes === null ? senders.keys() : routes.channels(incident.now, clock.now()))
        for (const [name, sender] of senders)
          enqueueFor(name, incident, { isRouted: routed.has(name) && !(saysUnreached(incident) && sender.unreached() !== null) })
        if (endsEscalation(incident)) escalations.removeOf(incident.id)
        escalateLater(incident.id, incident.now)
      }
    },
    tellReport: (report, channels) => {
      const key = reportKey(report)
      const write = db.transaction(() => {
        for (const name of new Set(channels)) if (takesReports(name) && !rows.isKnown(key, name)) rows.add(key, name, 'report', clock.now())
      })
      if (!attemptWrite(() => write())) return false
      send()
      return true
    },
    noReportsTo: (channels) => channels.filter((name) => !takesReports(name)),
    send,
    configure: (channels, wanted, more = {}) => {
      const before = senders
      senders = new Map(
        channels.map((input) => {
          const sender = before.get(input.name)
          sender?.configure(input)
          return [input.name, sender ?? createChannelSender({ ...deps, rows, http }, input)]
        }),
      )
      for (const [name, sender] of before) {
        if (senders.has(name)) continue
        sender.stop()
        returned.delete(name)
      }
      routes = wanted && createRoutes(wanted, deps)
      isNew = true
      heartbeat.configure(more.heartbeat ?? null)
      drill.configure(more.drill ?? null)
      lookOn()
      escalations.keepOnly(routes?.escalatedTo ?? [])
      rows.abandon([...senders.keys()], clock.now())
      for (const name of senders.keys()) if (!before.has(name)) returned.add(name)
      send()
    },
    channels: () =>
      Array.from(senders, ([name, sender]) => ({
        ...shownChannel(sender.input()),
        failure: sender.failure(),
        limit: limitOf(sender.input()),
        digestMinutes: sender.input().digestMinutes ?? null,
        heldUntil: heldUntil(rows, sender.input(), clock.now()),
        tests: rows.tests(name, shownTests),
        ...rows.counts(name),
      })),
    sent: () => new Map(Array.from(senders, ([name, sender]) => [name, sender.counts()])),
    readiness: () => {
      const plan = drill.input()
      return { heartbeat: heartbeat.state(), drill: plan && { weekly: [...plan.weekly], zone: plan.zone } }
    },
    routes: () => routes?.shown(clock.now()) ?? null,
    refusals: () =>
      Array.from(senders, ([channel, sender]) => ({ channel, refusal: sender.refusal() })).flatMap(({ channel, refusal }) =>
        refusal === null ? [] : [{ channel, ...refusal }],
      ),
    unreached: () =>
      Array.from(senders, ([channel, sender]) => ({ channel, unreached: sender.unreached() })).flatMap(({ channel, unreached }) =>
        unreached === null ? [] : [{ channel, ...unreached }],
      ),
    test: async (name) => senders.get(name)?.test(),
    linkLanguageOf: (name) => {
      const input = senders.get(name)?.input()
      return input === undefined || input.acknowledgeLink === false ? null : languageOf(input)
    },
    messages: (alarmId) => rows.ofIncident(deps.incidentOf(alarmId) ?? alarmId),
    settled: async () => {
      await drilling
      await heartbeat.settled()
      await Promise.all(Array.from(senders.values(), (sender) => sender.settled()))
    },
    [Symbol.asyncDispose]: async () => {
      looking.abort()
      heartbeat.stop()
      for (const sender of senders.values()) sender.stop()
      await http.close()
    },
  }
}

/** That a channel can't be reached: it hears that from others only. */
const saysUnreached = ({ changes }: ChangedIncident): boolean => changes.some((change) => 'trouble' in change && change.trouble === 'channelUnreachable')

/** Somebody took it or put it away, or it is over; that it can't be judged for a while changes nothing. */
function endsEscalation({ now, changes }: ChangedIncident): boolean {
  const isUnjudged = changes.every((change) => change.kind === 'suppressed' && change.because !== 'maintenance' && change.because !== 'paused')
  return now.untaken === 0 && !(isUnjudged && changes.length > 0)
}
