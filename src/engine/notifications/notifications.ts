import type { Clock } from '../../clock/clock.ts'
import { createSetBackWatch, inTime } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Language } from '../../i18n/languages.ts'
import type { Message, Readiness } from '../../shared/channels.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { ChangedIncident } from '../alarms/openAlarms.ts'
import type { EnginePorts, Log } from '../ports.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import { createChannelPauses, createChannelSenders } from './channelSender.ts'
import { createHttpClient } from './httpClient.ts'
import { createMessageRows, type ReportName, reportKey } from './messageRows.ts'
import { languageOf, type WriterDeps } from './notification.ts'
import { createDrill, createHeartbeat, type DrillDeps, type ReadinessInput } from './readiness.ts'
import { createRouting, type RouteInForce, type RoutingDeps } from './routing.ts'

interface NotificationsDeps extends RoutingDeps, Omit<WriterDeps, 'rows' | 'publicUrl'>, Pick<DrillDeps, 'weeklyBegins' | 'settings'> {
  readonly log: Log
  readonly incidentOf: (alarmId: string) => string | null
  readonly userAgent: string
  readonly systemProxy?: EnginePorts['systemProxy']
  /** By how much the clock was set back while no console was running, ms; omitted: not at all. */
  readonly setBackMs?: number
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

/** How often to check whether a route became active or an escalation is due, ms. */
const checkMs = 1_000

/** Notifies channels of incidents: each exactly once, in order, even across a restart, and independently of other channels. */
export type Notifications = ReturnType<typeof createNotifications>

export function createNotifications(deps: NotificationsDeps) {
  const { clock, log, db, signal } = deps
  const rows = createMessageRows(db)
  const pauses = createChannelPauses(clock, db)
  const http = createHttpClient(clock, deps.userAgent, deps.systemProxy)
  let publicUrl: string | null = null
  const routing = createRouting(deps, rows)
  /** Moves due times by as much as the clock was set back, so that nothing waits longer. */
  const setBack = (ms: number) => {
    rows.setBack(ms)
    routing.setBack(ms)
  }
  const heedSetBack = createSetBackWatch(clock, setBack)
  const senders = createChannelSenders({ ...deps, rows, pauses, http, heedSetBack, publicUrl: () => publicUrl })
  const heartbeat = createHeartbeat({ clock, log, http, signal })
  const drill = createDrill({ ...deps, lastDrillAt: rows.lastDrillAt })
  let drilling: Promise<unknown> | null = null
  /** Channels that were added (again) and may have missed messages, and whether they are notified of what is open already. */
  const returned = new Map<string, boolean>()
  let sendsOpen = true
  rows.resume()
  if (deps.setBackMs) setBack(deps.setBackMs)

  /** Queues for added channels: unacknowledged persisting incidents, and the ends of reported incidents that ended while the channel was not configured. */
  const catchUp = () => {
    if (returned.size === 0) return
    const write = db.transaction(() => {
      for (const name of returned.keys()) for (const id of rows.lasting(name)) if ((deps.extent(id)?.ongoing ?? 0) === 0) rows.add(id, name, 'end', clock.now())
      for (const [id, extent] of deps.extents()) {
        const routed = routing.channels(extent, returned.keys())
        for (const [name, isToldOpen] of returned) if (routed.has(name) && isToldOpen) routing.addAsIs(name, id, extent, false)
      }
    })
    // On failure, retried with the next change.
    if (attemptWrite(write)) returned.clear()
  }
  const send = () => {
    catchUp()
    senders.send()
  }
  const kindNamed = (name: string) => {
    const input = senders.all().get(name)?.input()
    return input && kindOf(input).kind
  }
  const takesReports = (name: string): boolean => {
    const kind = kindNamed(name)
    return kind !== undefined && kind.isKeyed !== true
  }
  const takesDocuments = (name: string): boolean => kindNamed(name)?.takesDocuments === true
  const drillIfDue = () => {
    if (!drill.isDue()) return
    drilling = Promise.all(Array.from(senders.all().values(), (sender) => sender.test(true))).catch((error: unknown) => {
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
        attemptWrite(heedSetBack)
        if (routing.check((name) => senders.all().has(name))) send()
        drillIfDue()
      },
    )
  }

  return {
    /** Queues messages, within the transaction that stores the changed alarms. */
    enqueue: (changed: readonly ChangedIncident[]): void => {
      heedSetBack()
      for (const incident of changed) {
        const routed = routing.channels(incident.now, senders.all().keys())
        for (const [name, sender] of senders.all())
          routing.addChange(name, incident, routed.has(name) && !(saysUnreached(incident) && sender.unreached() !== null))
        routing.changed(incident)
      }
    },
    /** Sends a report to channels, once to each however often this is called; false: the disk write failed. */
    sendReport: (report: ReportName, channels: readonly string[]): boolean => {
      const key = reportKey(report)
      const write = db.transaction(() => {
        for (const name of new Set(channels)) if (takesReports(name) && !rows.isKnown(key, name)) rows.add(key, name, 'report', clock.now())
      })
      if (!attemptWrite(() => write())) return false
      send()
      return true
    },
    /** Sends a document to an e-mail channel. Throws where it can't be stored. */
    sendDocument: (key: string, channel: string): Result<void, 'noChannel' | 'notMail'> => {
      if (!senders.all().has(channel)) return err('noChannel')
      if (!takesDocuments(channel)) return err('notMail')
      rows.add(key, channel, 'report', clock.now())
      send()
      return ok(undefined)
    },
    takesDocuments,
    /** What became of a document. */
    documentMessages: (key: string): readonly Message[] => rows.ofIncident(key),
    /** Returns the names that can't receive reports: there is no such channel, or it supports only alarms. */
    noReportsTo: (channels: readonly string[]): readonly string[] => channels.filter((name) => !takesReports(name)),
    /** Sends queued messages; call it after that transaction. */
    send,
    /** The channels and routes in force. Without routes, everything goes to every channel. */
    configure: (channels: readonly ChannelInput[], wanted: readonly RouteInForce[] | null, more: Partial<ReadinessInput> = {}): void => {
      const { added, removed } = senders.configure(channels)
      for (const name of removed) returned.delete(name)
      routing.configure(wanted)
      publicUrl = more.publicUrl ?? null
      heartbeat.configure(more.heartbeat ?? null)
      drill.configure(more.drill ?? null)
      restartChecks()
      rows.abandon([...senders.all().keys()], clock.now())
      for (const name of added) returned.set(name, sendsOpen)
      send()
    },
    /** Where browsers reach this console, for links; null: not known. */
    publicUrl: (): string | null => publicUrl,
    /** A channel that `add` adds is not notified of what is open already. */
    withoutOpen: <T>(add: () => T): T => {
      sendsOpen = false
      try {
        return add()
      } finally {
        sendsOpen = true
      }
    },
    /** Messages to a channel wait for so many minutes; false: there is no such channel. */
    pause: (name: string, minutes: number, by: string): boolean => {
      if (!senders.all().has(name)) return false
      pauses.pause(name, minutes, by)
      deps.record([newEvent('channelEdited', clock.now(), { channel: name, by, what: 'paused' })])
      return true
    },
    resume: (name: string, by: string): boolean => {
      if (!senders.all().has(name)) return false
      if (pauses.resume(name)) deps.record([newEvent('channelEdited', clock.now(), { channel: name, by, what: 'resumed' })])
      send()
      return true
    },
    channels: senders.shown,
    /** By channel name. */
    sent: senders.counts,
    readiness: (): Omit<Readiness, 'entered'> => {
      const plan = drill.input()
      return { heartbeat: heartbeat.state(), drill: plan && { weekly: [...plan.weekly], zone: plan.zone }, publicUrl }
    },
    routes: routing.shown,
    refusals: senders.refusals,
    unreached: senders.unreached,
    /** Sends a test message; undefined: no such channel. */
    test: async (name: string): Promise<SendFailure | null | undefined> => senders.all().get(name)?.test(),
    /** Language of a channel whose messages have acknowledge links; null: they have none, or no such channel. */
    linkLanguageOf: (name: string): Language | null => {
      const input = senders.all().get(name)?.input()
      return input === undefined || input.acknowledgeLink === false ? null : languageOf(input)
    },
    /** Messages about the incident of an alarm. */
    messages: (alarmId: string): readonly Message[] => rows.ofIncident(deps.incidentOf(alarmId) ?? alarmId),
    settled: async (): Promise<void> => {
      await drilling
      await heartbeat.settled()
      await senders.settled()
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      checking.abort()
      heartbeat.stop()
      senders.stop()
      await http.close()
    },
  }
}

/** Whether the incident is about an unreachable channel: only the other channels are notified of it. */
const saysUnreached = ({ changes }: ChangedIncident): boolean => changes.some((change) => 'trouble' in change && change.trouble === 'channelUnreachable')

interface SendWithCausesDeps {
  readonly clock: Clock
  /** Until causes are no longer looked for; null: none are. */
  readonly looking: () => Promise<void> | null
  readonly send: () => void
  readonly signal: AbortSignal
}

/** A message waits for what it says of causes no longer than this, ms. */
const causesWithinMs = 500

/** Messages say why, if that is known in time. */
export function createSendWithCauses({ clock, looking, send, signal }: SendWithCausesDeps) {
  let waiting: Promise<void> | null = null
  const sendAfter = async (found: Promise<void>) => {
    await inTime(clock, causesWithinMs, found, signal)
    waiting = null
    if (!signal.aborted) send()
  }
  return {
    /** Sends now, or soon. */
    send: (): void => {
      const found = looking()
      if (found === null) send()
      else waiting ??= sendAfter(found)
    },
    /** Resolves when nothing waits for causes. */
    settled: async (): Promise<void> => {
      await waiting
    },
  }
}
