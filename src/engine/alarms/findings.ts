import type { Alarm } from '../../shared/alarms.ts'
import type { Server } from '../../shared/servers.ts'
import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type Trouble, troubleOfServer, troubleOfStream } from '../../shared/troubles.ts'
import type { Applied, RuleSet } from './ruleSet.ts'

/** A current trouble, or an event, found by a rule. */
export interface Finding
  extends Pick<
    Alarm,
    'kind' | 'subject' | 'serverName' | 'severity' | 'since' | 'why' | 'said' | 'streams' | 'readers' | 'ruleName' | 'runbook' | 'runbookUrl'
  > {
  readonly rule: string
  readonly onDelayMs: number
}

/** The fields of a finding that come from the rule. `usual`: severity if the rule sets none. */
export function ruleFields(rule: string, { judges: { severity, onDelayMs }, ruleName, runbook, runbookUrl }: Applied, usual: Alarm['severity']) {
  return {
    rule,
    severity: severity ?? usual,
    onDelayMs,
    ...(ruleName && { ruleName }),
    ...(runbook !== null && { runbook }),
    ...(runbookUrl !== null && { runbookUrl }),
  }
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
