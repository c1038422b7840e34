import type { Alarm } from '../../shared/alarms.ts'
import { diskPath, fullSoonMs, type Host } from '../../shared/hosts.ts'
import { isLoopback } from '../../shared/isLoopback.ts'
import type { Probe } from '../../shared/probes.ts'
import type { Server } from '../../shared/servers.ts'
import { consoleId, deviceSubject, hostSubject, pathOf, serverSubject } from '../../shared/subjectNames.ts'
import { type AlarmSubject, consoleName, consoleSubject, type Subject } from '../../shared/subjects.ts'
import { isServerTroubled } from '../../shared/troubles.ts'
import type { Streams } from '../streams/streams.ts'
import type { AlarmRecord, Condition } from './alarmLife.ts'
import type { Judged } from './finder.ts'
import { byRule, type Finding, findingsOfStates } from './findings.ts'
import type { Onsets } from './onsets.ts'
import { type OwnTrouble, ownTroubleKinds } from './ownTroubles.ts'
import type { RuleSet } from './ruleSet.ts'

/** What is known of one server and its streams, of one host and its parts, or of this console, now. */
export interface Conditions {
  /** What is wrong, as the rules find it. */
  readonly findings: () => Iterable<Finding>
  /** Of something that is not among the findings. null: not decided yet. */
  readonly otherwise: (subject: AlarmSubject) => Exclude<Condition, { is: 'active' }> | null
  /** Whether the alarm's rule still concerns what it is about. */
  readonly concerns: (alarm: AlarmRecord) => boolean
  /** How long it has to be well before it has healed, ms. */
  readonly holdMs: (alarm: AlarmRecord) => number
  /** Whether what it is about is wrong now, though not for long enough to be found. */
  readonly isPending: (alarm: AlarmRecord) => boolean
}

/** What rules judge by beside the state of servers, streams and hosts. */
export interface Judging {
  readonly rules: RuleSet
  /** What rules of all kinds find that watch no state. */
  readonly found: (judged: Judged) => Iterable<Finding>
  /** Whether rules of such a kind see something wrong that does not last long enough yet. */
  readonly isPending: (rule: string, subject: AlarmSubject) => boolean
  readonly onsets: Pick<Onsets, 'since' | 'over'>
}

export const ruleOf = ({ rule, kind }: Pick<Alarm, 'rule' | 'kind'>): string => rule ?? kind

const byRules = ({ rules, isPending }: Judging): Pick<Conditions, 'concerns' | 'holdMs' | 'isPending'> => ({
  concerns: (alarm) => rules.applied(ruleOf(alarm), alarm.subject) !== null,
  // An event's time is in its finding.
  holdMs: (alarm) => (alarm.kind === 'happened' ? 0 : (rules.applied(ruleOf(alarm), alarm.subject)?.judges.offDelayMs ?? 0)),
  isPending: (alarm) => isPending(ruleOf(alarm), alarm.subject),
})

/** It lets everyone in who reaches it. Of this machine, only its own programs do. */
const isOpen = ({ openToAll, url }: Server): boolean => openToAll === true && !isLoopback(new URL(url).hostname)

/** What is to be looked at with a server that answers. */
function* besides(server: Server, { rules, onsets }: Judging): Iterable<Finding> {
  const subject = serverSubject(server.id)
  const found = function* (kind: 'pollingSlowed' | 'apiOpen', why: Alarm['why'] | null): Iterable<Finding> {
    if (why === null) onsets.over(server.id, kind)
    const applied = why === null ? null : rules.applied(kind, subject)
    if (why === null || applied === null) return
    const since = onsets.since(server.id, kind)
    yield { ...byRule(kind, applied, 'warning'), kind, subject, serverName: server.name, since, why, streams: null, readers: null }
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

const judgedOf = ({ id, name, state, stateSince }: Server | Host): Judged => ({ id, name, isUp: state === 'up', state: { is: state, since: stateSince } })

/** Conditions of a server: what its state and those of its streams are, its limits and events, and whether the rest is well or can't be judged. */
export function serverConditions(server: Server, streams: Pick<Streams, 'eachTroubledOf' | 'wellness' | 'forwardFailure'>, judging: Judging): Conditions {
  const { rules, found } = judging
  const unjudged = { is: 'unknown', because: server.state === 'paused' ? 'paused' : isServerTroubled(server) ? 'server' : 'console' } as const
  return {
    ...byRules(judging),
    findings: function* () {
      yield* findingsOfStates(server, streams.eachTroubledOf(server.id), rules)
      if (server.state === 'up') yield* besides(server, judging)
      for (const finding of found(judgedOf(server))) yield withFailure(finding, streams)
    },
    otherwise: (subject) => {
      if (server.state !== 'up') return unjudged
      const path = pathOf(subject)
      const wellness = path === null ? 'well' : streams.wellness(server.id, path)
      if (wellness === 'undecided') return null
      return wellness === 'well' ? { is: 'healed' } : unjudged
    },
  }
}

/** With what the server says of forward destinations that fail. */
function withFailure(finding: Finding, { forwardFailure }: Pick<Streams, 'forwardFailure'>): Finding {
  const { why, subject } = finding
  const failure =
    why.kind === 'limitCrossed' && why.metric === 'path.forwardsFailing' && subject.kind === 'stream' ? forwardFailure(subject.serverId, subject.path) : null
  return failure === null ? finding : { ...finding, said: failure }
}

/** Conditions of a host and its parts. */
export function hostConditions(host: Host, judging: Judging, now: number): Conditions {
  const { rules, found, onsets } = judging
  const hostTrouble = (kind: 'hostDown' | 'hostWaiting' | 'diskFilling', subject: Subject, since: number, why: Alarm['why']): readonly Finding[] => {
    const applied = rules.applied(kind, subject)
    return applied === null ? [] : [{ ...byRule(kind, applied, 'major'), kind, subject, serverName: host.name, since, why, streams: null, readers: null }]
  }
  const because = host.state === 'paused' ? 'paused' : host.state === 'connecting' ? 'console' : 'host'
  return {
    ...byRules(judging),
    findings: function* () {
      if ((host.state === 'down' || host.state === 'waiting') && host.error !== null) {
        const kind = host.state === 'down' ? 'hostDown' : 'hostWaiting'
        yield* hostTrouble(kind, hostSubject(host.id), host.stateSince, { kind: 'hostError', error: host.error })
      }
      if (host.state === 'up') {
        for (const disk of host.reading?.disks ?? []) {
          const { fullAt, mount } = disk
          const what = `diskFilling ${mount}`
          if (fullAt === null || fullAt > now + fullSoonMs) onsets.over(host.id, what)
          else yield* hostTrouble('diskFilling', deviceSubject(host.id, diskPath(disk)), onsets.since(host.id, what), { kind: 'diskFilling', mount, fullAt })
        }
      }
      yield* found(judgedOf(host))
    },
    otherwise: () => (host.state === 'up' ? { is: 'healed' } : { is: 'unknown', because }),
  }
}

/** Conditions of a probe. While it is down, nothing is known of the stream itself. */
export function probeConditions(probe: Probe, judging: Judging): Conditions {
  const { id, name, state } = probe
  const isKnown = state !== 'paused' && state !== 'connecting'
  const because = state === 'paused' ? 'paused' : isKnown ? 'probe' : 'console'
  return {
    ...byRules(judging),
    findings: function* () {
      for (const finding of judging.found({ id, name, isUp: isKnown })) yield withFacts(finding, probe)
    },
    otherwise: () => (state === 'up' ? { is: 'healed' } : { is: 'unknown', because }),
  }
}

/** With why it can't be read, or what is otherwise than agreed, by the names of the contract. */
function withFacts(finding: Finding, { differences, state, why }: Probe): Finding {
  if (finding.why.kind !== 'limitCrossed') return finding
  if (finding.why.metric === 'probe.up' && state === 'down' && why !== null) return { ...finding, why: { kind: 'probeDown', error: why } }
  if (finding.why.metric !== 'probe.differences' || differences.length === 0) return finding
  const agreedText = (agreed: Probe['differences'][number]['agreed']) => (typeof agreed === 'object' ? `${agreed.least}…${agreed.most}` : agreed)
  return { ...finding, said: differences.map(({ item, agreed, found }) => `${item} ${agreedText(agreed)} → ${found ?? '–'}`).join(', ') }
}

/** Conditions of this console itself. */
export function consoleConditions(troubles: readonly OwnTrouble[], judging: Judging): Conditions {
  const { rules, found, onsets } = judging
  return {
    ...byRules(judging),
    findings: function* () {
      for (const kind of ownTroubleKinds) if (!troubles.some((trouble) => trouble.kind === kind)) onsets.over(consoleId, kind)
      for (const { kind, severity, why } of troubles) {
        const applied = rules.applied(kind, consoleSubject)
        if (applied === null) continue
        const since = onsets.since(consoleId, kind)
        yield { ...byRule(kind, applied, severity), kind, subject: consoleSubject, serverName: consoleName, since, why, streams: null, readers: null }
      }
      yield* found({ id: consoleId, name: consoleName, isUp: true })
    },
    otherwise: () => ({ is: 'healed' }),
  }
}
