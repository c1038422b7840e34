import type { Clock } from '../../clock/clock.ts'
import { type Alarm, isReach } from '../../shared/alarms.ts'
import { alarmOfConsole, type ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { diskPath, fullSoonMs, type Host } from '../../shared/hosts.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { Probe } from '../../shared/probes.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Server } from '../../shared/servers.ts'
import { missedTogetherMs } from '../../shared/streams.ts'
import { type AlarmSubject, consoleId, deviceSubject, hostSubject, pathOf, probeSubject, type Subject, serverSubject } from '../../shared/subjectNames.ts'
import { consoleName, consoleSubject } from '../../shared/subjects.ts'
import { isServerTroubled, isTroubleKind } from '../../shared/troubles.ts'
import type { LostTogether } from '../streams/serverState.ts'
import type { Streams } from '../streams/streams.ts'
import type { AlarmRecord, Condition } from './alarmLife.ts'
import { type EvaluatedOwner, type Finding, findingsOfStates, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Troubles of this console itself. */
const ownTroubleKinds = ['consoleOffline', 'storeFailing', 'backupMissed', 'messageRefused', 'channelUnreachable', 'mediaFailing'] as const
type OwnTroubleKind = (typeof ownTroubleKinds)[number]

export interface OwnTrouble extends Pick<Alarm, 'severity' | 'why'> {
  readonly kind: OwnTroubleKind
}

/**
 * The current troubles of this console. `store`: why data can't be stored; `backup`: why databases are not backed up; `network`: why nothing can be polled;
 * `refusals`: channels that refused a message or the drill; `unreached`: channels with waiting messages, `failure` null: paused for hours; `media`: why streams can't be read.
 */
export function ownTroublesOf(of: {
  readonly store: ConsoleTrouble | null
  readonly backup: ConsoleTrouble | null
  readonly network: Reason | null
  readonly unreached: readonly { readonly channel: string; readonly since: number; readonly failure: SendFailure | null }[]
  readonly media: PictureReason | null
  readonly refusals: readonly { readonly channel: string; readonly what: 'message' | 'drill'; readonly failure: SendFailure }[]
}): readonly OwnTrouble[] {
  const { store, backup, network, media, refusals, unreached } = of
  const troubles: OwnTrouble[] = []
  if (network !== null) troubles.push({ kind: 'consoleOffline', severity: 'critical', why: network })
  for (const trouble of [store, backup]) if (trouble !== null) troubles.push({ ...alarmOfConsole(trouble), why: { kind: 'consoleTrouble', trouble } })
  if (media !== null && isOfThisConsole(media)) troubles.push({ kind: 'mediaFailing', severity: 'major', why: { kind: 'mediaFailing', error: media } })
  // A message counts first: somebody missed it.
  const [refused] = refusals.toSorted((a, b) => Number(a.what === 'drill') - Number(b.what === 'drill'))
  if (refused !== undefined) {
    const channels = refusals.filter(({ what }) => what === refused.what).map(({ channel }) => channel)
    const kind = refused.what === 'drill' ? 'drillFailed' : 'messageRefused'
    troubles.push({ kind: 'messageRefused', severity: 'major', why: { kind, channels, failure: refused.failure } })
  }
  const [longest] = unreached.toSorted((a, b) => a.since - b.since)
  if (longest !== undefined) {
    const [{ since, failure }, channels] = [longest, unreached.map(({ channel }) => channel)]
    const why: Reason = failure === null ? { kind: 'channelPaused', channels, since } : { kind: 'channelUnreachable', channels, since, failure }
    troubles.push({ kind: 'channelUnreachable', severity: 'major', why })
  }
  return troubles
}

/** Whether no stream at all can be read, as opposed to the answer of one. A console without a media process is not supposed to read any. */
const isOfThisConsole = (error: PictureReason): error is Extract<PictureReason, { kind: 'noFfmpeg' | 'unavailable' }> =>
  error.kind === 'noFfmpeg' || (error.kind === 'unavailable' && error.because !== 'noProcess')

/** Remembers since when conditions have been true that have no time of their own. */
export function createOnsets(clock: Pick<Clock, 'now'>) {
  /** By owner, then by name of the condition. */
  const byOwner = new Map<string, Map<string, number>>()
  return {
    /** The condition is true. Returns since when. */
    since: (ownerId: string, what: string): number => {
      const ofOwner = byOwner.get(ownerId) ?? new Map<string, number>()
      const since = ofOwner.get(what) ?? clock.now()
      byOwner.set(ownerId, ofOwner.set(what, since))
      return since
    },
    /** The condition is false. */
    clear: (ownerId: string, what: string): void => void byOwner.get(ownerId)?.delete(what),
    forget: (ownerId: string): void => void byOwner.delete(ownerId),
  }
}
type Onsets = ReturnType<typeof createOnsets>

/** Current conditions of one server and its streams, of one host and its parts, of one probe, or of this console. */
export interface Conditions {
  readonly findings: () => Iterable<Finding>
  /** Condition of an alarm that is not among the findings. null: undecided yet. */
  readonly otherwise: (alarm: AlarmRecord) => Exclude<Condition, { is: 'active' }> | null
  /** Whether the alarm's rule still applies to its subject. */
  readonly concerns: (alarm: AlarmRecord) => boolean
  /** How long the trouble must be absent before the alarm counts as healed, ms. */
  readonly holdMs: (alarm: AlarmRecord) => number
  /** Whether its subject is in trouble now, but not long enough for a finding. */
  readonly isPending: (alarm: AlarmRecord) => boolean
}

/** What rules evaluate besides the state of servers, streams and hosts. */
interface RuleContext {
  readonly rules: RuleSet
  /** Findings of all kinds of rules that watch no state. */
  readonly found: (evaluated: EvaluatedOwner) => Iterable<Finding>
  /** Whether a rule of such a kind sees trouble that has not lasted long enough yet. */
  readonly isPending: (rule: string, subject: AlarmSubject) => boolean
  readonly onsets: Pick<Onsets, 'since' | 'clear'>
  /** When evaluation began, epoch ms: what is counted over a time is counted from then. */
  readonly startedAt: number
}

const byRules = ({ rules, isPending }: RuleContext): Pick<Conditions, 'concerns' | 'holdMs' | 'isPending'> => ({
  concerns: (alarm) => rules.applied(alarm.rule, alarm.subject) !== null,
  // How long an event stays active is part of its finding.
  holdMs: (alarm) => (alarm.kind === 'happened' ? 0 : (rules.applied(alarm.rule, alarm.subject)?.evaluation.offDelayMs ?? 0)),
  isPending: (alarm) => isPending(alarm.rule, alarm.subject),
})

/** Whether it gives access to everyone who can reach it. One on this machine's loopback does not count: only local programs reach it. */
const isOpen = ({ openToAll, url }: Server): boolean => openToAll === true && !isLoopback(new URL(url).hostname)

/** Warnings about a server that answers: slowed polling, and an open API. */
function* serverWarnings(server: Server, { rules, onsets }: RuleContext): Iterable<Finding> {
  const subject = serverSubject(server.id)
  const found = function* (kind: 'pollingSlowed' | 'apiOpen', why: Alarm['why'] | null): Iterable<Finding> {
    if (why === null) onsets.clear(server.id, kind)
    const applied = why === null ? null : rules.applied(kind, subject)
    if (why === null || applied === null) return
    const since = onsets.since(server.id, kind)
    yield { ...ruleFields(kind, applied, 'warning'), kind, subject, serverName: server.name, since, why, streams: null, readers: null }
  }
  const { cost } = server
  yield* found(
    'pollingSlowed',
    cost !== null && cost.effectiveIntervalSeconds > cost.intervalSeconds
      ? { kind: 'pollingSlowed', askedSeconds: cost.intervalSeconds, everySeconds: cost.effectiveIntervalSeconds, bytes: cost.bytesPerRound }
      : null,
  )
  yield* found('apiOpen', isOpen(server) ? { kind: 'apiOpen' } : null)
}

/** Names of streams in a reason. */
const mostNamed = 100
function lostFindings(server: Server, lost: LostTogether | null, rules: RuleSet): readonly Finding[] {
  const subject = serverSubject(server.id)
  const applied = lost && rules.applied('streamsLost', subject)
  if (applied === null) return []
  const { paths, of, isReturn, since, readers } = lost as LostTogether
  const why: Alarm['why'] = { kind: 'streamsLost', lost: paths.length, of, isReturn, paths: paths.slice(0, mostNamed) }
  return [{ ...ruleFields('streamsLost', applied, 'major'), kind: 'streamsLost', subject, serverName: server.name, since, why, streams: paths.length, readers }]
}

const evaluatedOwner = (subject: EvaluatedOwner['subject'], { name, state, stateSince }: Server | Host): EvaluatedOwner => ({
  subject,
  name,
  isUp: state === 'up',
  state: { is: state, since: stateSince },
})

/** Conditions of a server: findings by its state, its streams' states, limits and events; and whether everything else is well or can't be evaluated. */
export function serverConditions(
  server: Server,
  streams: Pick<Streams, 'eachTroubledOf' | 'wellness' | 'forwardFailure' | 'lostTogether'> & Partial<Pick<Streams, 'backAt'>>,
  evaluation: RuleContext,
  now: number,
): Conditions {
  const { rules, found } = evaluation
  const unevaluated = { is: 'unknown', because: server.state === 'paused' ? 'paused' : isServerTroubled(server) ? 'server' : 'console' } as const
  const byRule = byRules(evaluation)
  return {
    ...byRule,
    // An outage is not over while streams that it took are unknown: their alarms join it.
    holdMs: (alarm) => (isReach(alarm) && (server.totals.unknown ?? 0) > 0 ? Number.POSITIVE_INFINITY : byRule.holdMs(alarm)),
    findings: function* () {
      yield* findingsOfStates(server, streams.eachTroubledOf(server.id), rules)
      if (server.state === 'up') yield* serverWarnings(server, evaluation)
      yield* lostFindings(server, streams.lostTogether(server.id), rules)
      for (const finding of found(evaluatedOwner(serverSubject(server.id), server))) yield withFailure(finding, streams)
    },
    otherwise: ({ kind, subject, since, why }) => {
      if (server.state !== 'up') return unevaluated
      if (why.kind === 'streamsLost') {
        const isBack = (path: string) => ['well', 'undecided'].includes(streams.wellness(server.id, path))
        return { is: why.paths.every(isBack) ? 'healed' : now - since < missedTogetherMs ? 'lasts' : 'over' }
      }
      const path = pathOf(subject)
      const wellness = path === null ? 'well' : streams.wellness(server.id, path)
      if (wellness === 'undecided') return null
      if (wellness === 'unknown') return unevaluated
      // Whether it comes and goes is known of any stream.
      // Data has to flow first, but that it was back is dated as its availability is.
      if (path !== null && wellness === 'well' && isTroubleKind(kind) && kind !== 'packetsLost') {
        const back = streams.backAt?.(server.id, path, since)
        return { is: 'healed', ...(back !== undefined && { since: back }) }
      }
      // The changes of before a restart are not counted, so that it is known after its time has passed. The clock may have been set back since.
      if (why.kind === 'flapping') return { is: Math.abs(now - evaluation.startedAt) < why.withinMs ? 'lasts' : 'healed' }
      if (wellness === 'well') return { is: 'healed' }
      if (wellness === 'over') return { is: 'over' }
      // Of a stream without data there are no figures: that it is gone is said by another alarm.
      return figureKinds.has(kind) ? { is: 'unknown', because: 'stream' } : { is: 'lasts' }
    },
  }
}

/** Alarms about figures of a stream, which it has only while it is live. */
const figureKinds: ReadonlySet<Alarm['kind']> = new Set(['limitCrossed', 'offUsual', 'changedFast', 'packetsLost'])

/** Adds the server's error message to a finding about failing forward destinations. */
function withFailure(finding: Finding, { forwardFailure }: Pick<Streams, 'forwardFailure'>): Finding {
  const { why, subject } = finding
  const failure =
    why.kind === 'limitCrossed' && why.metric === 'path.forwardsFailing' && subject.kind === 'stream' ? forwardFailure(subject.serverId, subject.path) : null
  return failure === null ? finding : { ...finding, said: failure }
}

export function hostConditions(host: Host, evaluation: RuleContext, now: number): Conditions {
  const { rules, found, onsets } = evaluation
  const hostTrouble = (kind: 'hostDown' | 'hostWaiting' | 'diskFilling', subject: Subject, since: number, why: Alarm['why']): readonly Finding[] => {
    const applied = rules.applied(kind, subject)
    return applied === null ? [] : [{ ...ruleFields(kind, applied, 'major'), kind, subject, serverName: host.name, since, why, streams: null, readers: null }]
  }
  const because = host.state === 'paused' ? 'paused' : host.state === 'connecting' ? 'console' : 'host'
  return {
    ...byRules(evaluation),
    findings: function* () {
      if ((host.state === 'down' || host.state === 'waiting') && host.error !== null) {
        const kind = host.state === 'down' ? 'hostDown' : 'hostWaiting'
        yield* hostTrouble(kind, hostSubject(host.id), host.stateSince, { kind: 'hostError', error: host.error })
      }
      if (host.state === 'up') {
        for (const disk of host.reading?.disks ?? []) {
          const { fullAt, mount } = disk
          const what = `diskFilling ${mount}`
          if (fullAt === null || fullAt > now + fullSoonMs) onsets.clear(host.id, what)
          else yield* hostTrouble('diskFilling', deviceSubject(host.id, diskPath(disk)), onsets.since(host.id, what), { kind: 'diskFilling', mount, fullAt })
        }
      }
      yield* found(evaluatedOwner(hostSubject(host.id), host))
    },
    otherwise: () => (host.state === 'up' ? { is: 'healed' } : { is: 'unknown', because }),
  }
}

/** Conditions of a probe. While it is down, nothing is known about the stream itself. */
export function probeConditions(probe: Probe, evaluation: RuleContext): Conditions {
  const { id, name, state } = probe
  const isKnown = state !== 'paused' && state !== 'connecting'
  const because = state === 'paused' ? 'paused' : isKnown ? 'probe' : 'console'
  return {
    ...byRules(evaluation),
    findings: function* () {
      for (const finding of evaluation.found({ subject: probeSubject(id), name, isUp: isKnown })) yield withFacts(finding, probe)
    },
    otherwise: () => (state === 'up' ? { is: 'healed' } : { is: 'unknown', because }),
  }
}

/** Adds to a finding why the stream can't be read, or its differences from the agreed values, named as in the contract. */
function withFacts(finding: Finding, { differences, state, why }: Probe): Finding {
  if (finding.why.kind !== 'limitCrossed') return finding
  if (finding.why.metric === 'probe.up' && state === 'down' && why !== null) return { ...finding, why: { kind: 'probeDown', error: why } }
  if (finding.why.metric !== 'probe.differences' || differences.length === 0) return finding
  const agreedText = (agreed: Probe['differences'][number]['agreed']) => (typeof agreed === 'object' ? `${agreed.least}…${agreed.most}` : agreed)
  return { ...finding, said: differences.map(({ item, agreed, found }) => `${item} ${agreedText(agreed)} → ${found ?? '–'}`).join(', ') }
}

export function consoleConditions(troubles: readonly OwnTrouble[], evaluation: RuleContext): Conditions {
  const { rules, found, onsets } = evaluation
  return {
    ...byRules(evaluation),
    findings: function* () {
      for (const kind of ownTroubleKinds) if (!troubles.some((trouble) => trouble.kind === kind)) onsets.clear(consoleId, kind)
      for (const { kind, severity, why } of troubles) {
        const applied = rules.applied(kind, consoleSubject)
        if (applied === null) continue
        const since = onsets.since(consoleId, kind)
        yield { ...ruleFields(kind, applied, severity), kind, subject: consoleSubject, serverName: consoleName, since, why, streams: null, readers: null }
      }
      yield* found({ subject: consoleSubject, name: consoleName, isUp: true })
    },
    otherwise: () => ({ is: 'healed' }),
  }
}
