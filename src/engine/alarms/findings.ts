import type { Alarm, CameraOfAlarm } from '../../shared/alarms.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { HostState } from '../../shared/hosts.ts'
import type { Server, ServerState } from '../../shared/servers.ts'
import { severities, severityRank } from '../../shared/severities.ts'
import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { type AlarmOwner, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type Trouble, troubleOfServer, troubleOfStream } from '../../shared/troubles.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Applied, RuleSet } from './ruleSet.ts'

/** A server, host, probe or this console, as input for finders. */
export interface EvaluatedOwner {
  readonly subject: AlarmOwner
  readonly name: string
  readonly isUp: boolean
  /** State of a server or host, and since when; omitted for others. */
  readonly state?: { readonly is: ServerState | HostState; readonly since: number }
}

/** Finds the troubles that rules of one kind watch for. */
export interface Finder {
  /** Called when the rules have changed. */
  readonly configure: () => void
  /** Adds the figures of a poll. Returns whether its server or host must be evaluated. */
  readonly addSamples?: (batch: SampleBatch) => boolean
  /** Advances time to `at` without a detailed poll, as when replaying the past: figures become outdated. */
  readonly advanceTo?: (ownerId: string, at: number) => void
  readonly addEvents?: (events: readonly NewEvent[]) => Iterable<AlarmOwner>
  readonly findings: (evaluated: EvaluatedOwner) => Iterable<Finding>
  /** Whether the rule sees a trouble that has not lasted long enough for a finding. */
  readonly isPending?: (rule: string, subject: AlarmSubject) => boolean
  /** Owners whose findings may change by the passing of time alone. */
  readonly timeDependentOwners?: () => Iterable<AlarmOwner>
  readonly forget: (ownerId: string) => void
}

/** A current trouble, or an event, found by a rule. */
export interface Finding
  extends Pick<
    Alarm,
    'kind' | 'subject' | 'serverName' | 'camera' | 'severity' | 'since' | 'why' | 'said' | 'streams' | 'readers' | 'ruleName' | 'runbook' | 'runbookUrl'
  > {
  readonly rule: string
  readonly onDelayMs: number
}

/** The fields of a finding that come from the rule. `baseline`: severity if the rule sets none. */
export function ruleFields(rule: string, { evaluation: { severity, onDelayMs }, ruleName, runbook, runbookUrl }: Applied, baseline: Alarm['severity']) {
  return {
    rule,
    severity: severity ?? baseline,
    onDelayMs,
    ...(ruleName && { ruleName }),
    ...(runbook !== null && { runbook }),
    ...(runbookUrl !== null && { runbookUrl }),
  }
}

/** The camera of a subject, with how much more severe its alarms are: one step (1), or less (-1). */
export interface RatingCamera extends Pick<CameraOfAlarm, 'id' | 'name' | 'place'> {
  readonly raises: 1 | 0 | -1
}
/** The finding with the camera of its subject, and the severity that follows from the camera's importance. */
export function withCamera(finding: Finding, { raises, ...camera }: RatingCamera): Finding {
  const otherwise = finding.severity
  const severity = severities[severityRank[otherwise] - raises] ?? otherwise
  return { ...finding, severity, camera: { ...camera, ...(severity !== otherwise && { otherwise }) } }
}

/** The finding for a trouble; null: no rule applies. */
function findingOf(trouble: Trouble, rules: RuleSet): Finding | null {
  const { kind, severity, serverId, serverName, path, since, why, said, streams, readers } = trouble
  const subject = path === null ? serverSubject(serverId) : streamSubject(serverId, path)
  const applied = rules.applied(kind, subject)
  if (applied === null) return null
  return { ...ruleFields(kind, applied, severity), kind, subject, serverName, since, why, ...(said !== undefined && { said }), streams, readers }
}

/** Findings from the states of a server and its streams, ignoring the delays of rules. */
export function* findingsOfStates(
  server: Server,
  streams: Iterable<{ readonly facts: StreamFacts; readonly figures: StreamFigures }>,
  rules: RuleSet,
): Iterable<Finding> {
  const ofServer = troubleOfServer(server)
  const own = ofServer && findingOf(ofServer, rules)
  if (own !== null) yield own
  yield* findingsOfStreams(server.name, streams, rules)
}

/** The same for streams only. */
export function* findingsOfStreams(
  serverName: string,
  streams: Iterable<{ readonly facts: StreamFacts; readonly figures: StreamFigures }>,
  rules: RuleSet,
): Iterable<Finding> {
  for (const { facts, figures } of streams) {
    const trouble = troubleOfStream(serverName, facts, figures)
    const finding = trouble && findingOf(trouble, rules)
    if (finding !== null) yield finding
  }
}
