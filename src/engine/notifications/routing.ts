import type { Clock } from '../../clock/clock.ts'
import type { AlarmChange } from '../../shared/alarms.ts'
import type { MessageEvent, Route, ShownRoute } from '../../shared/channels.ts'
import { type Severity, severityRank, worstIn } from '../../shared/severities.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/openAlarms.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { LastMessage, MessageRows } from './messageRows.ts'

/** Changes by which an incident can become acknowledged as a whole, or stop being so; every channel notified of it is notified of that. */
const takes: ReadonlySet<AlarmChange['kind']> = new Set(['acknowledged', 'unacknowledged'])

/** Whether a channel whose last message was this one knows of an ongoing incident; null: it received none. */
function isNotified(last: LastMessage | null): boolean {
  return last?.event === 'start' || last?.event === 'update'
}

/**
 * Returns which message a channel gets after changes of an incident; null: none. `last` is its previous message. Starts and ends alternate: a channel that
 * got a start also gets the end, however the incident ended and whatever was shelved or suppressed meanwhile. There is no start while all alarms are shelved,
 * suppressed or impossible to evaluate.
 */
export function eventFor(last: LastMessage | null, { before, now, changes }: Omit<ChangedIncident, 'id'>): MessageEvent | null {
  if (now.ongoing === 0) return isNotified(last) ? 'end' : null
  if (!isNotified(last)) return now.active > 0 ? 'start' : null
  // Changes while it is shelved or in maintenance are notified afterwards, if it is still ongoing.
  if (now.active === 0) return null
  const worst = worstIn(before)
  const said = last?.severity ?? worst
  // It has just been acknowledged as a whole, or is no longer.
  const isTakenOtherwise = before.active > 0 && (now.unacknowledged === 0) !== (before.unacknowledged === 0) && changes.some(({ kind }) => takes.has(kind))
  return isTakenOtherwise || isMilder(said, before, now, changes) || changes.some((change) => isUpdate(change, worst, said)) ? 'update' : null
}

/** Whether the worst of an incident is over, so that it is called by something else: what was notified last (`said`) is not true any more. */
function isMilder(said: Severity | null, before: IncidentExtent, now: IncidentExtent, changes: readonly AlarmChange[]): boolean {
  const worst = worstIn(now)
  return now.wrong > 0 && changes.some(({ kind }) => kind === 'healed') && ((worst !== null && isWorse(said, worst)) || (before.down > 0 && now.down === 0))
}

const isWorse = (severity: Severity | null, than: Severity | null): boolean =>
  severity !== null && (than === null || severityRank[severity] < severityRank[than])

/**
 * Whether a change needs an update message: the incident grew, turned into another trouble, came back from a shelf or a maintenance window, or got a comment.
 * Not notified: new alarms less severe than the incident was (`before`), and a change of level up to the severity last notified (`said`), as its easing was
 * not notified either. A trouble that it already had within the last hour is not notified again, so alternating between two is notified once for each.
 */
function isUpdate(change: AlarmChange, before: Severity | null, said: Severity | null): boolean {
  switch (change.kind) {
    case 'commented':
    case 'unshelved':
      return true
    case 'released':
      return change.because === 'maintenance' || change.givenBack === true
    case 'raised':
    case 'returned':
      return before === null || !isWorse(before, change.severity)
    case 'turned':
      // A limit at another level is still the same trouble.
      return isWorse(change.severity, said) || (change.trouble !== 'limitCrossed' && change.again !== true)
    default:
      return false
  }
}

/** Minimum time between two updates of one incident, ms; changes in between are combined. */
const updateEveryMs = 30_000
/**
 * Minimum time between the messages of a start and its end, ms. An outage of some seconds every minute can't be distinguished from a single short one
 * until it recurs: after a minute, its on-delay and one poll. The end of anything that lasted longer is sent immediately.
 */
const endAfterMs = 75_000

export interface RoutingDeps {
  readonly clock: Clock
  readonly db: Database
  /** Tags of a server, used by routes as a filter. */
  readonly tagsOf: (serverId: string) => readonly string[]
  /** Returns a function that tells whether a time lies within the weekly hours. */
  readonly weeklyHours: (weekly: readonly string[], zone: string) => (at: number) => boolean
  /** The current extent of an incident; null: it has no open alarm. */
  readonly extent: (incident: string) => IncidentExtent | null
  /** The extents of all incidents with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, IncidentExtent]>
}

/** A route in force. `entered`: the route as entered in the console; omitted or null: it comes from the configuration file. */
export interface RouteInForce extends Route {
  readonly entered?: ShownRoute['entered']
}

interface TimedRoute {
  readonly route: RouteInForce
  readonly isOpen: (at: number) => boolean
  /** Whether it was open when its messages were last stored. */
  wasOpen: boolean
}

const minuteMs = 60_000

/** Which channel is notified of an incident later, if nobody acknowledges it. */
interface Escalation {
  readonly incident: string
  readonly channel: string
}

/** Maximum number of incidents stored for a channel of which it was not notified because its routes were closed; the newest are kept. */
const mostHeldBack = 100

/**
 * Decides which channels are notified of an incident: by the routes in force immediately or when their schedule begins, and later by escalation if
 * nobody acknowledges it. The only SQL on `escalations` and `held_back`.
 */
export function createRouting(deps: RoutingDeps, rows: MessageRows) {
  const { clock, db, tagsOf } = deps
  const addEscalation = db.prepare('INSERT OR IGNORE INTO escalations (incident, channel, due_at) VALUES (?, ?, ?)')
  const dueEscalations = db.prepare<[number], Escalation>('SELECT incident, channel FROM escalations WHERE due_at <= ? ORDER BY due_at')
  const removeEscalation = db.prepare('DELETE FROM escalations WHERE incident = ? AND channel = ?')
  const removeEscalationsOf = db.prepare('DELETE FROM escalations WHERE incident = ?')
  const holdBack = db.prepare('INSERT OR IGNORE INTO held_back (channel, incident) VALUES (?, ?)')
  const trimHeldBack = db.prepare(
    'DELETE FROM held_back WHERE channel = @channel AND rowid NOT IN (SELECT rowid FROM held_back WHERE channel = @channel ORDER BY rowid DESC LIMIT @most)',
  )
  const heldBack = db.prepare<[string], string>('SELECT incident FROM held_back WHERE channel = ? ORDER BY rowid').pluck()
  const releaseHeldBack = db.prepare('DELETE FROM held_back WHERE channel = ?')
  /** null: every channel is notified of every incident. */
  let routes: readonly TimedRoute[] | null = null
  /** The current routes have not been applied to the open incidents yet. */
  let isNew = true

  /** Earliest time at which a message may be sent, epoch ms. */
  const notBefore = (event: MessageEvent, { id, changes }: ChangedIncident, channel: string): number => {
    const after = (at: number | null, ms: number): number => (at === null ? 0 : Math.min(at, clock.now()) + ms)
    // What is left when the worst is over may be about to end as well: publishers return some seconds after their server.
    const isEased = changes.some(({ kind }) => kind === 'healed') && !changes.some((change) => 'trouble' in change)
    if (event === 'update') return Math.max(after(rows.lastUpdateAt(id, channel), updateEveryMs), isEased ? clock.now() + updateEveryMs : 0)
    // A closed incident does not recur under this id.
    if (event === 'end' && !changes.some(({ kind }) => kind === 'closed')) return after(rows.lastStartAt(id, channel), endAfterMs)
    return 0
  }
  /** Queues the message that a channel needs after an incident changed; `isRouted`: the channel also gets its start. */
  const addChange = (channel: string, incident: ChangedIncident, isRouted: boolean, escalated = false): void => {
    const { id } = incident
    // It recurred before its end was sent: for the channel it never ended, even while it is shelved or suppressed.
    if (incident.now.ongoing > 0 && rows.last(id, channel)?.event === 'end') rows.takeBack(id, channel)
    const event = eventFor(rows.last(id, channel), incident)
    // A channel that got the start also gets the end, wherever the incident is routed now.
    if (event === null || (event === 'start' && !isRouted)) return
    // A queued message will report the state at the time of sending.
    if (event === 'update' && rows.isWaiting(id, channel)) return
    if (event === 'end') rows.takeBack(id, channel)
    const startMissed = event === 'end' && !isNotified(rows.last(id, channel))
    rows.add(id, channel, event, clock.now(), { startMissed, escalated, notBefore: notBefore(event, incident, channel) })
  }
  /** Queues the current state of an incident with unacknowledged alarms, although it did not change. */
  const addAsIs = (channel: string, id: string, extent: IncidentExtent, escalated: boolean): void => {
    if (extent.unacknowledged > 0) addChange(channel, { id, before: extent, now: extent, changes: [] }, true, escalated)
  }

  const timed = (route: RouteInForce): TimedRoute => {
    const { times } = route
    return { route, isOpen: times === undefined ? () => true : deps.weeklyHours(times.weekly, times.zone), wasOpen: times === undefined }
  }
  const fits = ({ severities, tags }: Route, extent: IncidentExtent): boolean => {
    const worst = worstIn(extent)
    const isTagged = () => tags === undefined || [...extent.owners.keys()].flatMap(tagsOf).some((tag) => tags.includes(tag))
    return worst !== null && (severities?.includes(worst) ?? true) && isTagged()
  }
  const inForce = (extent: IncidentExtent): readonly Route[] =>
    (routes ?? []).filter(({ route, isOpen }) => isOpen(clock.now()) && fits(route, extent)).map(({ route }) => route)
  const reminders = (extent: IncidentExtent) => soonest(inForce(extent).map((route) => [route.remindMinutes, notifiedBy(route)]))

  /** One that is known keeps its time. */
  const escalateAfter = (id: string, channel: string, ms: number) => void addEscalation.run(id, channel, Math.round(clock.now() + ms))
  const remindLater = (id: string, extent: IncidentExtent) => {
    for (const [name, everyMs] of reminders(extent)) if (extent.unacknowledged > 0 && isNotified(rows.last(id, name))) escalateAfter(id, name, everyMs)
  }
  /** Schedules the escalations and reminders of an incident; they are dropped if somebody acknowledges it first. */
  const escalateLater = (id: string, extent: IncidentExtent) => {
    if (extent.unacknowledged === 0) return
    for (const [name, afterMs] of soonest(inForce(extent).map(({ escalate }) => [escalate?.afterMinutes, escalate?.to ?? []])))
      if (!isNotified(rows.last(id, name))) escalateAfter(id, name, afterMs)
    remindLater(id, extent)
  }
  /** Queues the ends of incidents that began and ended while the routes of a channel were closed. */
  const addHeldBack = (name: string) => {
    const began = heldBack.all(name)
    if (began.length > 0) releaseHeldBack.run(name)
    for (const id of began)
      if ((deps.extent(id)?.ongoing ?? 0) === 0 && rows.last(id, name) === null) rows.add(id, name, 'end', clock.now(), { startMissed: true })
  }
  return {
    // Both queue messages within the caller's transaction.
    addChange,
    addAsIs,
    /** null: every channel is notified of every incident. Drops escalations and reminders to channels that the routes no longer name. */
    configure: (wanted: readonly RouteInForce[] | null): void => {
      routes = wanted?.map(timed) ?? null
      isNew = true
      const named = (wanted ?? []).flatMap(({ to, escalate, remindMinutes }) => [...(remindMinutes === undefined ? [] : to), ...(escalate?.to ?? [])])
      db.prepare('DELETE FROM escalations WHERE channel NOT IN (SELECT value FROM json_each(?))').run(JSON.stringify(named))
    },
    /** Whether any route is limited to certain times, escalates or reminds. */
    areTimed: (): boolean => (routes ?? []).some(({ route: { times, escalate, remindMinutes } }) => (times ?? escalate ?? remindMinutes) !== undefined),
    /** Which channels are notified of what; null: everything goes to every channel. */
    shown: (): ShownRoute[] | null =>
      routes?.map(({ route: { to, severities, tags, times, escalate, remindMinutes = null, entered = null }, isOpen }, place) => ({
        place,
        to: [...to],
        severities: severities === undefined ? null : [...severities],
        tags: tags === undefined ? null : [...tags],
        times: times === undefined ? null : { ...times, weekly: [...times.weekly] },
        isOpen: isOpen(clock.now()),
        escalate: escalate === undefined ? null : { ...escalate, to: [...escalate.to] },
        remindMinutes,
        entered,
      })) ?? null,
    /** The channels to notify of an incident now; `all`: the channels used if there are no routes. */
    channels: (extent: IncidentExtent, all: Iterable<string>): ReadonlySet<string> => new Set(routes === null ? all : inForce(extent).flatMap(({ to }) => to)),
    /** Call when an incident changed, within the transaction that stores the change. */
    changed: (incident: ChangedIncident): void => {
      const { id, now } = incident
      if (endsEscalation(incident)) removeEscalationsOf.run(id)
      escalateLater(id, now)
      if (now.active === 0) return
      const closed = (routes ?? []).filter(({ route, isOpen }) => !isOpen(clock.now()) && fits(route, now))
      for (const channel of closed.flatMap(({ route }) => route.to))
        if (rows.last(id, channel) === null && holdBack.run(channel, id).changes > 0) trimHeldBack.run({ channel, most: mostHeldBack })
    },
    /** The clock was set back by so much: escalations are due as long from now as before. */
    setBack: (ms: number): void => void db.prepare('UPDATE escalations SET due_at = due_at - ?').run(Math.round(ms)),
    /** Handles routes whose schedule has begun and escalations that are due. Returns whether messages may have been added. */
    check: (isChannel: (name: string) => boolean): boolean => {
      const open = (routes ?? []).filter(({ isOpen }) => isOpen(clock.now()))
      const opened = open.filter(({ wasOpen }) => !wasOpen)
      // Escalations of incidents that can't be evaluated now wait.
      const due = dueEscalations.all(Math.round(clock.now())).filter(({ incident }) => (deps.extent(incident)?.unacknowledged ?? 0) > 0)
      const isWritten = opened.length > 0 || due.length > 0 || isNew
      const write = db.transaction(() => {
        for (const { incident, channel } of due) {
          const extent = deps.extent(incident)
          removeEscalation.run(incident, channel)
          if (extent === null || !isChannel(channel)) continue
          if (!isNotified(rows.last(incident, channel))) addAsIs(channel, incident, extent, true)
          // What waits to be sent will say it.
          else if (reminders(extent).has(channel) && !rows.isWaiting(incident, channel)) rows.add(incident, channel, 'update', clock.now(), { escalated: true })
          remindLater(incident, extent)
        }
        if (opened.length === 0 && !isNew) return
        // First, so that what is over and what is open are sent as one.
        for (const name of new Set(opened.flatMap(({ route }) => route.to))) if (isChannel(name)) addHeldBack(name)
        for (const [id, extent] of deps.extents()) {
          const fitting = opened.filter(({ route }) => fits(route, extent))
          for (const name of new Set(fitting.flatMap(({ route }) => route.to))) addAsIs(name, id, extent, false)
          escalateLater(id, extent)
        }
      })
      if (isWritten && !attemptWrite(write)) return false
      isNew = false
      for (const one of routes ?? []) one.wasOpen = open.includes(one)
      return isWritten
    },
  }
}

const notifiedBy = ({ to, escalate }: Route): readonly string[] => [...to, ...(escalate?.to ?? [])]

/** The shortest of the times at which each channel is named, ms. */
function soonest(named: readonly (readonly [minutes: number | undefined, channels: readonly string[]])[]): ReadonlyMap<string, number> {
  const afterMs = new Map<string, number>()
  for (const [minutes, channels] of named)
    if (minutes !== undefined) for (const name of channels) afterMs.set(name, Math.min(afterMs.get(name) ?? Number.POSITIVE_INFINITY, minutes * minuteMs))
  return afterMs
}

/** Whether the incident was acknowledged, shelved or cleared. That its alarms temporarily can't be evaluated does not end an escalation. */
function endsEscalation({ now, changes }: ChangedIncident): boolean {
  const isUnevaluated = changes.every((change) => change.kind === 'suppressed' && change.because !== 'maintenance' && change.because !== 'paused')
  return now.unacknowledged === 0 && !(isUnevaluated && changes.length > 0)
}
