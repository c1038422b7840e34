import type { Clock } from '../../clock/clock.ts'
import { type EventKind, isReconnect, type NewEvent } from '../../shared/events.ts'
import { type AlarmOwner, type AlarmSubject, alarmOwnerOf, ownerIdOf, partOf, streamSubject } from '../../shared/subjectNames.ts'
import { consoleName, consoleSubject } from '../../shared/subjects.ts'
import { type Finder, type Finding, ruleFields } from './findings.ts'
import type { Applied, RuleSet } from './ruleSet.ts'

/** Maximum number of events remembered per server or host; more are ignored. */
const mostOfOwner = 1_000

interface ActiveEvent {
  readonly finding: Finding
  /** Time of receipt, epoch ms. Not the event's own time, which may come from its server or host. */
  seenAt: number
  readonly lastsMs: number
}

/** The streams of an event about several streams. */
const pathsIn = (facts: NewEvent['facts']): readonly string[] => ('paths' in facts ? (facts.paths ?? []) : [])
/** The streams that an event is about, of one or of several. */
const pathsOf = (subject: AlarmSubject, facts: NewEvent['facts']): readonly string[] => [partOf(subject) ?? [], pathsIn(facts)].flat()

/** Events about how a stream is broadcast, and those by which it leaves. */
const broadcastKinds: ReadonlySet<string> = new Set<EventKind>(['codecChanged', 'sizeChanged', 'publisherChanged', 'onAirBeyondPlan'])
const goneKinds: ReadonlySet<string> = new Set<EventKind>(['streamOff', 'streamEnded'])

/** Whether the same publisher reconnected: that is no change of the publisher. */
const isPublisherBack = ({ kind, facts }: NewEvent): boolean =>
  kind === 'publisherChanged' && 'beforeType' in facts && facts.beforeType === facts.sourceType && isReconnect(facts)

/** Finds events that rules raise alarms for: each is active for some time and then counts as healed. */
export function createEventAlarms(clock: Pick<Clock, 'now'>, rules: RuleSet): Finder & Required<Pick<Finder, 'addEvents' | 'timeDependentOwners'>> {
  /** By server or host, then by rule and part. */
  const byOwner = new Map<string, Map<string, ActiveEvent>>()
  let rulesByEvent: ReadonlyMap<EventKind, readonly string[]> = new Map()
  const configure = (): void => {
    const watched = rules.all().flatMap(({ id, watches }) => (watches.kind === 'event' ? [{ id, event: watches.event }] : []))
    rulesByEvent = new Map(watched.map(({ event }) => [event, watched.filter((other) => other.event === event).map(({ id }) => id)]))
  }
  configure()
  /** The subjects to raise alarms for: that of the event or, for an event about several streams of a server, those in the rule's scope. */
  const subjectsOf = (rule: string, subject: AlarmSubject, { facts }: NewEvent): readonly (readonly [AlarmSubject, Applied])[] => {
    const applied = rules.applied(rule, subject)
    if (applied !== null || subject.kind !== 'server') return applied === null ? [] : [[subject, applied]]
    return pathsIn(facts).flatMap((path) => {
      const stream = streamSubject(subject.serverId, path)
      const ofStream = rules.applied(rule, stream)
      return ofStream === null ? [] : [[stream, ofStream] as const]
    })
  }
  /** What was said of the broadcasts of these streams is over with them. Returns whether anything was. */
  const dropBroadcast = (ownerId: string, paths: ReadonlySet<string>): boolean => {
    const ofOwner = byOwner.get(ownerId)
    const over = [...(ofOwner ?? [])].filter(
      ([, { finding }]) =>
        finding.why.kind === 'happened' &&
        broadcastKinds.has(finding.why.event.kind) &&
        pathsOf(finding.subject, finding.why.event.facts).every((path) => paths.has(path)),
    )
    for (const [key] of over) ofOwner?.delete(key)
    return over.length > 0
  }
  return {
    configure,
    addEvents: (events: readonly NewEvent[]): Iterable<AlarmOwner> => {
      const owners = new Map<string, AlarmOwner>()
      for (const event of events) {
        if (isPublisherBack(event)) continue
        const { kind, at, subject: about, ownerName, facts } = event
        const owner = alarmOwnerOf(about ?? consoleSubject)
        const ownerId = ownerIdOf(owner)
        if (goneKinds.has(kind) && about !== null && dropBroadcast(ownerId, new Set(pathsOf(about, facts)))) owners.set(ownerId, owner)
        for (const rule of rulesByEvent.get(kind as EventKind) ?? []) {
          for (const [subject, applied] of subjectsOf(rule, about ?? consoleSubject, event)) {
            const ofOwner = byOwner.get(ownerId) ?? new Map<string, ActiveEvent>()
            const key = `${rule} ${partOf(subject) ?? ''}`
            if (ofOwner.size >= mostOfOwner && !ofOwner.has(key)) continue
            const why = { kind: 'happened', event: { kind, at, subject: about, ownerName, facts } } as const
            const finding: Finding = {
              ...ruleFields(rule, applied, 'warning'),
              kind: 'happened',
              subject,
              serverName: ownerName ?? (about === null ? consoleName : ''),
              since: at,
              why,
              streams: null,
              readers: null,
            }
            byOwner.set(ownerId, ofOwner.set(key, { finding, seenAt: clock.now(), lastsMs: applied.evaluation.offDelayMs }))
            owners.set(ownerId, owner)
          }
        }
      }
      return owners.values()
    },
    *findings({ subject }): Iterable<Finding> {
      const ownerId = ownerIdOf(subject)
      const ofOwner = byOwner.get(ownerId)
      if (ofOwner === undefined) return
      const now = clock.now()
      for (const [key, happening] of ofOwner) {
        const { finding, lastsMs } = happening
        // If the clock was set back, it must not stay active for longer.
        happening.seenAt = Math.min(happening.seenAt, now)
        if (happening.seenAt + lastsMs > now && rules.applied(finding.rule, finding.subject) !== null) yield finding
        else ofOwner.delete(key)
      }
      if (ofOwner.size === 0) byOwner.delete(ownerId)
    },
    *timeDependentOwners(): Iterable<AlarmOwner> {
      for (const ofOwner of byOwner.values()) {
        const [first] = ofOwner.values()
        if (first !== undefined) yield alarmOwnerOf(first.finding.subject)
      }
    },
    forget: (ownerId: string): void => void byOwner.delete(ownerId),
  }
}
