import { createTestClock } from '../../clock/testClock.ts'
import { reasonText } from '../../i18n/reasonText.ts'
import { someHost } from '../../shared/hosts.fixture.ts'
import type { HostState } from '../../shared/hosts.ts'
import { type RuleInput, shippedRuleIds } from '../../shared/rules.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { ServerState } from '../../shared/servers.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { hostSubject, type Owner, ownerIdOf, pathOf, serverSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { createEvaluator } from './evaluateOwner.ts'
import { createEvaluation } from './evaluation.ts'
import { OpenAlarms } from './openAlarms.ts'

const startAt = Date.UTC(2026, 10, 22)
const host = someHost({ serverId: 'a' })

/** Judges a server and its host by these rules alone. Each step returns their alarms. */
export function watching(...inputs: readonly RuleInput[]) {
  const clock = createTestClock(startAt)
  let [server, machine]: [ServerState, HostState] = ['up', 'up']
  let since = startAt
  let [offPlan, inMaintenance] = ['', '']
  const evaluation = createEvaluation({
    clock,
    server: (id) => (id === 'a' ? someServer('a', { name: 'Berlin', state: server, stateSince: since, tags: ['studio'] }) : null),
    host: (id) => (id === host.id ? { ...host, state: machine, stateSince: since } : null),
    streams: {
      eachTroubledOf: () => [],
      wellness: () => 'well',
      hasVideo: () => true,
      isOffPlan: (_, path) => path === offPlan,
      forwardFailure: () => null,
      lostTogether: () => null,
      losesPackets: () => true,
    },
    ownTroubles: null,
    inMaintenance: (subject) => pathOf(subject) === inMaintenance,
  })
  evaluation.configure([...shippedRuleIds.filter((id) => inputs.every((input) => input.id !== id)).map((id) => ({ id, enabled: false })), ...inputs])
  const open = new OpenAlarms()
  const evaluator = createEvaluator(open, () => null)
  const evaluated = (owner: Owner = serverSubject('a')) => {
    for (const { changed, refreshed } of evaluator.evaluate(owner, evaluation.conditionsOf(owner), clock.now()))
      for (const alarm of [...refreshed, ...changed.map((one) => one.alarm)]) open.put(alarm)
    return Array.from(open.of(ownerIdOf(owner)).values(), ({ rule, subject, severity, healedAt, suppressedBy, why }) =>
      [rule, pathOf(subject), severity, healedAt === null ? reasonText(why, 'en') : 'healed', ...(suppressedBy === null ? [] : [`by ${suppressedBy}`])].join(
        ' ',
      ),
    )
  }
  const paths = { current: Object.freeze([]) as readonly string[] }
  return {
    evaluated,
    poll: async (streams: Readonly<Record<string, StreamState>>, ms = 2_000) => {
      await clock.advance(ms)
      const parts = Object.keys(streams)
      if (parts.join() !== paths.current.join()) paths.current = parts
      const values = Float64Array.from(Object.values(streams), (state) => streamStateCodes[state])
      evaluation.addSamples({ owner: serverSubject('a'), at: clock.now(), parts: paths.current, metrics: ['path.state'], values })
      return evaluated()
    },
    become: (state: ServerState) => {
      server = state
      since = clock.now()
      return evaluated()
    },
    hostBecomes: (state: HostState) => {
      machine = state
      since = clock.now()
      return evaluated(hostSubject(host.id))
    },
    wait: async (ms: number) => {
      await clock.advance(ms)
      return evaluated()
    },
    setBack: (ms: number) => clock.jumpWall(-ms),
    putOffPlan: (path: string) => {
      offPlan = path
    },
    putInMaintenance: (path: string) => {
      inMaintenance = path
    },
  }
}
