import type { Clock } from '../../clock/clock.ts'
import { type EventKind, isReconnect, type NewEvent } from '../../shared/events.ts'
import { type AlarmOwner, alarmOwnerOf, ownerIdOf, partOf, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmSubject, consoleName, consoleSubject } from '../../shared/subjects.ts'
import type { Finder } from './finder.ts'
import { byRule, type Finding } from './findings.ts'
import type { Applied, RuleSet } from './ruleSet.ts'

/** Events of one server or host that are remembered at once: more of them are left out. */
const mostOfOwner = 1_000

interface Happening {
  readonly finding: Finding
  /** Epoch ms. Not the event's time, which its server or host may say. */
  seenAt: number
  readonly lastsMs: number
}

/** The streams of an event that counts them. */
const pathsIn = (facts: NewEvent['facts']): readonly string[] => ('paths' in facts ? (facts.paths ?? []) : [])

/** A publisher that is back as it was is no other one. */
const isPublisherBack = ({ kind, facts }: NewEvent): boolean =>
  kind === 'publisherChanged' && 'beforeType' in facts && facts.beforeType === facts.sourceType && isReconnect(facts)

/** Events that rules make alarms of: each is one for some time, and then has healed. */
export function createHappenings(clock: Pick<Clock, 'now'>, rules: RuleSet): Finder & Required<Pick<Finder, 'happened' | 'restless'>> {
  /** By server or host, then by rule and part. */
  const byOwner = new Map<string, Map<string, Happening>>()
  let rulesByEvent: ReadonlyMap<EventKind, readonly string[]> = new Map()
  const configure = (): void => {
    const watched = rules.all().flatMap(({ id, watches }) => (watches.kind === 'event' ? [{ id, event: watches.event }] : []))
    rulesByEvent = new Map(watched.map(({ event }) => [event, watched.filter((other) => other.event === event).map(({ id }) => id)]))
  }
  configure()
  /** What the rule makes an alarm of: what the event is about, or of many streams of a server those that it is for. */
  const concerned = (rule: string, subject: AlarmSubject, { facts }: NewEvent): readonly (readonly [AlarmSubject, Applied])[] => {
    const applied = rules.applied(rule, subject)
    if (applied !== null || subject.kind !== 'server') return applied === null ? [] : [[subject, applied]]
    return pathsIn(facts).flatMap((path) => {
      const stream = streamSubject(subject.serverId, path)
      const ofStream = rules.applied(rule, stream)
      return ofStream === null ? [] : [[stream, ofStream] as const]
    })
  }
  return {
    configure,
    happened: (events: readonly NewEvent[]): Iterable<AlarmOwner> => {
      const owners = new Map<string, AlarmOwner>()
      for (const event of events) {
        if (isPublisherBack(event)) continue
        const { kind, at, subject: about, ownerName, facts } = event
        const owner = alarmOwnerOf(about ?? consoleSubject)
        const ownerId = ownerIdOf(owner)
        for (const rule of rulesByEvent.get(kind as EventKind) ?? []) {
          for (const [subject, applied] of concerned(rule, about ?? consoleSubject, event)) {
            const ofOwner = byOwner.get(ownerId) ?? new Map<string, Happening>()
            const key = `${rule} ${partOf(subject) ?? ''}`
            if (ofOwner.size >= mostOfOwner && !ofOwner.has(key)) continue
            const why = { kind: 'happened', event: { kind, at, subject: about, ownerName, facts } } as const
            const finding: Finding = {
              ...byRule(rule, applied, 'warning'),
              kind: 'happened',
              subject,
              serverName: ownerName ?? (about === null ? consoleName : ''),
              since: at,
              why,
              streams: null,
              readers: null,
            }
            byOwner.set(ownerId, ofOwner.set(key, { finding, seenAt: clock.now(), lastsMs: applied.judges.offDelayMs }))
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
        // Where somebody has set the clock back, it lasts no longer for it.
        happening.seenAt = Math.min(happening.seenAt, now)
        if (happening.seenAt + lastsMs > now && rules.applied(finding.rule, finding.subject) !== null) yield finding
        else ofOwner.delete(key)
      }
      if (ofOwner.size === 0) byOwner.delete(ownerId)
    },
    *restless(): Iterable<AlarmOwner> {
      for (const ofOwner of byOwner.values()) {
        const [first] = ofOwner.values()
        if (first !== undefined) yield alarmOwnerOf(first.finding.subject)
      }
    },
    forget: (ownerId: string): void => void byOwner.delete(ownerId),
  }
}
