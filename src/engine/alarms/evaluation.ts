import type { Clock } from '../../clock/clock.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { Host } from '../../shared/hosts.ts'
import type { LastingCheck } from '../../shared/probeContent.ts'
import type { Probe } from '../../shared/probes.ts'
import type { FieldsOf } from '../../shared/ruleScope.ts'
import type { RuleEdit, RuleInput } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import { type AlarmOwner, type AlarmSubject, ownerIdOf, ownerOf, partOf, serverSubject } from '../../shared/subjectNames.ts'
import { consoleSubject } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Streams } from '../streams/streams.ts'
import { type BaselinesNow, changes, createBreaches, limits, noBaselines, unusual } from './breaches.ts'
import { type Conditions, consoleConditions, createOnsets, hostConditions, type OwnTrouble, probeConditions, serverConditions } from './conditions.ts'
import { createEventAlarms } from './eventAlarms.ts'
import { type EvaluatedOwner, type Finder, type Finding, findingsOfStates, type RatingCamera, withCamera } from './findings.ts'
import { createFlaps } from './flaps.ts'
import { createRuleSet, placesIn } from './ruleSet.ts'

export interface EvaluationDeps {
  readonly clock: Pick<Clock, 'now'>
  /** null: it is no longer watched. */
  readonly server: (id: string) => Server | null
  readonly host: (id: string) => Host | null
  /** Default: no probes. */
  readonly probe?: (id: string) => Probe | null
  /** Default: no naming template matches. */
  readonly fieldsOf?: FieldsOf
  /** The camera of a stream or probe; null: it has none. Default: there are no cameras. */
  readonly cameraOf?: ((subject: AlarmSubject) => RatingCamera | null) | undefined
  /** Of the past, when streams were back is not known to the millisecond. */
  readonly streams: Pick<Streams, 'eachTroubledOf' | 'wellness' | 'hasVideo' | 'losesPackets' | 'isOffPlan' | 'forwardFailure' | 'lostTogether'> &
    Partial<Pick<Streams, 'backAt'>>
  /** Troubles of this console itself; null: it is not evaluated. */
  readonly ownTroubles: (() => readonly OwnTrouble[]) | null
  /** Whether a maintenance window is open for it. Default: there is none, as far as is known of the past. */
  readonly inMaintenance?: (subject: AlarmSubject, at: number) => boolean
  /** Usual values of streams. Default: unknown. */
  readonly baseline?: BaselinesNow
}

const emptyPictures: ReadonlySet<LastingCheck> = new Set(['black', 'oneColour', 'frozen', 'noMotion'])
/** Whether a rule applies to a subject that its scope matches. */
function applicability(
  { hasVideo, losesPackets }: Pick<Streams, 'hasVideo' | 'losesPackets'>,
  probe: (id: string) => Pick<Probe, 'canary' | 'lasting'> | null,
) {
  return (rule: string, subject: AlarmSubject): boolean => {
    // Audio-only streams always have a low bit rate.
    if (rule === 'bitrateLow') return subject.kind !== 'stream' || hasVideo(subject.serverId, subject.path)
    // A way that loses nothing needs no time for sending again.
    if (rule === 'latencyTight') return subject.kind !== 'stream' || losesPackets(subject.serverId, subject.path)
    // A black or frozen picture takes few bits; one alarm says it.
    if (rule === 'probeBitrateLow') return subject.kind !== 'probe' || !probe(subject.probeId)?.lasting.some(({ check }) => emptyPictures.has(check))
    // An unreadable canary raises `canaryUnread` instead of `probeDown`, even if somebody gave a probe of his own such a name. And if this machine
    // left out pictures of its test signal, the stream is not at fault.
    const ofCanary = rule === 'canaryUnread' ? true : rule === 'probeDown' || rule === 'probeFrameRateLow' ? false : null
    return ofCanary === null || subject.kind !== 'probe' || (probe(subject.probeId)?.canary != null) === ofCanary
  }
}

/** Events of a server or host itself within this time after it comes back up belong to that outage, such as a restart. */
const justBackMs = 60_000
/** A changed identity is reported regardless of state. */
const identityChanges: ReadonlySet<NewEvent['kind']> = new Set(['certificateChanged', 'hostKeyChanged'])

/** A rule for these events asks for the outage or return itself. */
const reachEvents: ReadonlySet<NewEvent['kind']> = new Set(['serverUp', 'serverDown', 'serverSilent', 'hostUp', 'hostDown', 'probeUp', 'probeDown'])

/** Host events that imply a restart of its server. */
const restartsOfServer: ReadonlySet<NewEvent['kind']> = new Set(['hostRestarted', 'mediaServerRestarted'])

/** Applies the rules to everything mtxdeck observes: states, figures and events. */
export type Evaluation = ReturnType<typeof createEvaluation>

export function createEvaluation({
  clock,
  server,
  host,
  probe = () => null,
  fieldsOf,
  cameraOf = () => null,
  streams,
  ownTroubles,
  inMaintenance = () => false,
  baseline = noBaselines,
}: EvaluationDeps) {
  const rules = createRuleSet(placesIn(server, host, probe), fieldsOf)
  const isEvaluated = applicability(streams, probe)
  const finders: readonly Finder[] = [
    createEventAlarms(clock, rules),
    createFlaps(clock, rules, streams.isOffPlan, inMaintenance),
    createBreaches(unusual(baseline), rules, isEvaluated),
    createBreaches(limits, rules, isEvaluated),
    createBreaches(changes, rules, isEvaluated),
  ]
  const onsets = createOnsets(clock)
  const found = function* (evaluated: EvaluatedOwner): Iterable<Finding> {
    for (const finder of finders) yield* finder.findings(evaluated)
  }
  const timeDependentOwners = () => finders.flatMap((finder) => [...(finder.timeDependentOwners?.() ?? [])])
  const isPending = (rule: string, subject: AlarmSubject) => finders.some((finder) => finder.isPending?.(rule, subject) ?? false)
  const context = { rules, found, isPending, onsets, startedAt: clock.now() }
  const conditionsNow = (owner: AlarmOwner): Conditions | null => {
    switch (owner.kind) {
      case 'console':
        return consoleConditions(ownTroubles?.() ?? [], context)
      case 'probe': {
        const found = probe(owner.probeId)
        return found && probeConditions(found, context)
      }
      case 'host': {
        const found = host(owner.hostId)
        return found && hostConditions(found, context, clock.now())
      }
      case 'server': {
        const found = server(owner.serverId)
        return found && serverConditions(found, streams, context, clock.now())
      }
      default:
        return owner satisfies never
    }
  }
  /** `startedAt`: what was started again since it came back is another restart. */
  const isJustBack = (owner: AlarmOwner, startedAt = Number.NEGATIVE_INFINITY): boolean => {
    const found = owner.kind === 'host' ? host(owner.hostId) : owner.kind === 'server' ? server(owner.serverId) : null
    return found === null || found.state !== 'up' || (clock.now() - found.stateSince < justBackMs && startedAt <= found.stateSince)
  }
  const isPartOfReturn = (event: NewEvent): boolean => {
    const { kind, subject, facts } = event
    if (subject === null || partOf(subject) !== null || identityChanges.has(kind) || reachEvents.has(kind)) return false
    const owner = ownerOf(subject)
    if (isJustBack(owner, 'startedAt' in facts ? facts.startedAt : undefined)) return true
    // The end of a server's outage, as seen from its host.
    const servers = owner.kind === 'host' && restartsOfServer.has(kind) ? (host(owner.hostId)?.serverIds ?? []) : []
    const own = kind === 'mediaServerRestarted' ? event.facts.serverId : undefined
    return servers.some((id) => (own === undefined || own === id) && server(id) !== null && isJustBack(serverSubject(id)))
  }
  const forget = (ownerId: string): void => {
    for (const finder of finders) finder.forget(ownerId)
    onsets.forget(ownerId)
  }
  /** The severity that a rule gives follows the importance of the camera: here alone, for all that shows or sends alarms. */
  const rated = function* (findings: Iterable<Finding>): Iterable<Finding> {
    for (const finding of findings) {
      const camera = cameraOf(finding.subject)
      yield camera === null ? finding : withCamera(finding, camera)
    }
  }
  return {
    rules: rules.all,
    configure: (ofFile: readonly RuleInput[], edits?: readonly RuleEdit[]): void => {
      rules.configure(ofFile, edits)
      for (const finder of finders) finder.configure()
    },
    /** Compares figures with limits, before they are stored. Returns whether their server or host must be evaluated. */
    addSamples: (batch: SampleBatch): boolean => {
      let concerns = batch.owner.kind !== 'server'
      for (const finder of finders) if (finder.addSamples?.(batch)) concerns = true
      return concerns
    },
    /** Advances time to `at` without a detailed poll of a server or host, as when playing back the past. */
    advanceTo: (ownerId: string, at: number): void => {
      for (const finder of finders) finder.advanceTo?.(ownerId, at)
    },
    /** Processes events. Returns the servers and hosts that must be evaluated. */
    addEvents: (events: readonly NewEvent[]): Iterable<AlarmOwner> => {
      const others = events.filter((event) => !isPartOfReturn(event))
      return finders.flatMap((finder) => [...(finder.addEvents?.(others) ?? [])])
    },
    forget,
    /** Conditions of a server, a host, a probe or this console; null: it is no longer watched. */
    conditionsOf: (owner: AlarmOwner): Conditions | null => {
      const conditions = conditionsNow(owner)
      if (conditions === null) forget(ownerIdOf(owner))
      return conditions && { ...conditions, findings: () => rated(conditions.findings()) }
    },
    /** Troubles in the state of a server and its streams at any time, according to the rules in force, ignoring their delays. */
    ofStates: (server: Server, streams: Parameters<typeof findingsOfStates>[1]): Iterable<Finding> => rated(findingsOfStates(server, streams, rules)),
    /** What must be evaluated each second: this console, and servers and hosts with conditions that expire by themselves. */
    timeDependentOwners: (): Iterable<AlarmOwner> => (ownTroubles === null ? timeDependentOwners() : [consoleSubject, ...timeDependentOwners()]),
  }
}
