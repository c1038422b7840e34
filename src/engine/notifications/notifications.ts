import { every } from '../../clock/every.ts'
import type { Channel, Message, Readiness, SentCounts, ShownRoute } from '../../shared/channels.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { ChangedIncident } from '../alarms/changedIncidents.ts'
import type { EnginePorts, Log } from '../ports.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { languageOf } from './channelKind.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import { createChannelPauses } from './channelPauses.ts'
import { createChannelSenders } from './channelSenders.ts'
import type { ChannelRefusal, Unreached } from './channelStatus.ts'
import { createDrill, type DrillDeps } from './drill.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createHttpDoor } from './httpDoor.ts'
import { createIncidentMessages } from './incidentMessages.ts'
import { createMessageRows, type ReportName, reportKey } from './messageRows.ts'
import type { WriterDeps } from './messageWriter.ts'
import type { ReadinessInput } from './readinessEdits.ts'
import type { RouteInForce } from './routes.ts'
import { createRouting, type RoutingDeps } from './routing.ts'

export interface NotificationsDeps extends RoutingDeps, Omit<WriterDeps, 'rows' | 'publicUrl'>, Pick<DrillDeps, 'weeklyBegins' | 'settings'> {
  readonly log: Log
  readonly incidentOf: (alarmId: string) => string | null
  readonly userAgent: string
  readonly systemProxy?: EnginePorts['systemProxy']
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

/** Notifies channels of incidents: each exactly once, in order, even across a restart, and independently of other channels. */
export interface Notifications {
  /** Queues messages, within the transaction that stores the changed alarms. */
  readonly enqueue: (changed: readonly ChangedIncident[]) => void
  /** Sends a report to channels, once to each however often this is called; false: the disk write failed. */
  readonly sendReport: (report: ReportName, channels: readonly string[]) => boolean
  /** Returns the names that can't receive reports: there is no such channel, or it supports only alarms. */
  readonly noReportsTo: (channels: readonly string[]) => readonly string[]
  /** Sends queued messages; call it after that transaction. */
  readonly send: () => void
  /** The channels and routes of the configuration file. Without routes, everything goes to every channel. */
  readonly configure: (channels: readonly ChannelInput[], routes: readonly RouteInForce[] | null, more?: Partial<ReadinessInput>) => void
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: () => string | null
  /** A channel that `add` adds is not notified of what is open already. */
  readonly withoutOpen: <T>(add: () => T) => T
  /** Messages to a channel wait for so many minutes; false: there is no such channel. */
  readonly pause: (name: string, minutes: number, by: string) => boolean
  readonly resume: (name: string, by: string) => boolean
  readonly readiness: () => Omit<Readiness, 'entered'>
  readonly channels: () => readonly Omit<Channel, 'entered'>[]
  /** By channel name; a channel whose kind changes restarts at 0. */
  readonly sent: () => ReadonlyMap<string, SentCounts>
  /** Which channels are notified of what; null: everything goes to every channel. */
  readonly routes: () => ShownRoute[] | null
  /** Channels that permanently refused a message or failed the drill, and have accepted nothing since, with the reason. */
  readonly refusals: () => readonly ChannelRefusal[]
  /** Channels with waiting messages that can't be reached or temporarily accept none, or were paused hours ago. */
  readonly unreached: () => readonly Unreached[]
  /** Sends a test message; undefined: no such channel. */
  readonly test: (name: string) => Promise<SendFailure | null | undefined>
  /** Language of a channel whose messages have acknowledge links; null: they have none, or no such channel. */
  readonly linkLanguageOf: (channel: string) => Language | null
  /** Messages about the incident of an alarm. */
  readonly messages: (alarmId: string) => readonly Message[]
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** How often to check whether a route became active or an escalation is due, ms. */
const checkMs = 1_000

export function createNotifications(deps: NotificationsDeps): Notifications {
  const { clock, log, db, signal } = deps
  const rows = createMessageRows(db)
  const pauses = createChannelPauses(clock, db)
  const http = createHttpDoor(clock, deps.userAgent, deps.systemProxy)
  let publicUrl: string | null = null
  const senders = createChannelSenders({ ...deps, rows, pauses, http, publicUrl: () => publicUrl })
  const messages = createIncidentMessages(clock, rows)
  const routing = createRouting(deps, rows, messages)
  const heartbeat = createHeartbeat({ clock, log, http, signal })
  const drill = createDrill({ ...deps, lastDrillAt: rows.lastDrillAt })
  let drilling: Promise<unknown> | null = null
  /** Channels that were added (again), and may have missed messages. */
  const returned = new Set<string>()
  /** Those of them that are not notified of what is open already. */
  const onlyNews = new Set<string>()
  let addsOnlyNews = false
  rows.resume()
  if (deps.setBackMs) rows.setBack(null, deps.setBackMs)

  /** Queues for added channels: unacknowledged persisting incidents, and the ends of reported incidents that ended while the channel was not configured. */
  const catchUp = () => {
    if (returned.size === 0) return
    const write = db.transaction(() => {
      for (const name of returned) for (const id of rows.lasting(name)) if ((deps.extent(id)?.ongoing ?? 0) === 0) rows.add(id, name, 'end', clock.now())
      for (const [id, extent] of deps.extents()) {
        const routed = routing.channels(extent, returned)
        for (const name of returned) if (routed.has(name) && !onlyNews.has(name)) messages.addAsIs(name, id, extent, false)
      }
    })
    // On failure, retried with the next change.
    if (!attemptWrite(() => unsynced(db, () => write()))) return
    returned.clear()
    onlyNews.clear()
  }
  const send = () => {
    catchUp()
    senders.send()
  }
  const takesReports = (name: string): boolean => {
    const input = senders.all().get(name)?.input()
    return input !== undefined && kindOf(input).kind.isKeyed !== true
  }

  const drillInTime = () => {
    const names = drill.due([...senders.all().keys()])
    if (names.length === 0) return
    drilling = Promise.all(names.map((name) => senders.all().get(name)?.test(true))).then(drill.finished, (error: unknown) => {
      if (!signal.aborted) log.error({ error }, 'the drill of the channels failed')
    })
  }
  let checking = new AbortController()
  const restartChecks = () => {
    checking.abort()
    checking = new AbortController()
    if (!routing.areTimed() && drill.input() === null) return
    void every(clock)(
      {
        intervalMs: checkMs,
        firstDelayMs: checkMs,
        timeoutMs: null,
        seed: 'notifications',
        signal: AbortSignal.any([signal, checking.signal]),
        onBug: (error) => log.error({ error }, 'routes could not be checked'),
      },
      async () => {
        if (routing.check((name) => senders.all().has(name))) send()
        drillInTime()
      },
    )
  }

  return {
    enqueue: (changed) => {
      for (const incident of changed) {
        const routed = routing.channels(incident.now, senders.all().keys())
        for (const [name, sender] of senders.all())
          messages.addChange(name, incident, routed.has(name) && !(saysUnreached(incident) && sender.unreached() !== null))
        routing.changed(incident)
      }
    },
    sendReport: (report, channels) => {
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
      const { added, removed } = senders.configure(channels)
      for (const name of removed) returned.delete(name)
      routing.configure(wanted)
      publicUrl = more.publicUrl ?? null
      heartbeat.configure(more.heartbeat ?? null)
      drill.configure(more.drill ?? null)
      restartChecks()
      routing.abandon()
      rows.abandon([...senders.all().keys()], clock.now())
      for (const name of added) {
        returned.add(name)
        if (addsOnlyNews) onlyNews.add(name)
      }
      send()
    },
    publicUrl: () => publicUrl,
    withoutOpen: (add) => {
      addsOnlyNews = true
      try {
        return add()
      } finally {
        addsOnlyNews = false
      }
    },
    pause: (name, minutes, by) => {
      if (!senders.all().has(name)) return false
      pauses.pause(name, minutes, by)
      deps.record([newEvent('channelEdited', clock.now(), { channel: name, by, what: 'paused' })])
      return true
    },
    resume: (name, by) => {
      if (!senders.all().has(name)) return false
      if (pauses.resume(name)) deps.record([newEvent('channelEdited', clock.now(), { channel: name, by, what: 'resumed' })])
      send()
      return true
    },
    channels: senders.shown,
    sent: senders.counts,
    readiness: () => {
      const plan = drill.input()
      return { heartbeat: heartbeat.state(), drill: plan && { weekly: [...plan.weekly], zone: plan.zone }, publicUrl }
    },
    routes: routing.shown,
    refusals: senders.refusals,
    unreached: senders.unreached,
    test: async (name) => senders.all().get(name)?.test(),
    linkLanguageOf: (name) => {
      const input = senders.all().get(name)?.input()
      return input === undefined || input.acknowledgeLink === false ? null : languageOf(input)
    },
    messages: (alarmId) => rows.ofIncident(deps.incidentOf(alarmId) ?? alarmId),
    settled: async () => {
      await drilling
      await heartbeat.settled()
      await senders.settled()
    },
    [Symbol.asyncDispose]: async () => {
      checking.abort()
      heartbeat.stop()
      senders.stop()
      await http.close()
    },
  }
}

/** Whether the incident is about an unreachable channel: only the other channels are notified of it. */
const saysUnreached = ({ changes }: ChangedIncident): boolean => changes.some((change) => 'trouble' in change && change.trouble === 'channelUnreachable')
