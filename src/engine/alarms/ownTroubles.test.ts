import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { Server } from '../../shared/servers.ts'
import { type AlarmOwner, serverSubject } from '../../shared/subjectNames.ts'
import { consoleSubject } from '../../shared/subjects.ts'
import { type OwnTrouble, ownTroublesOf } from './conditions.ts'
import { createEvaluation } from './evaluation.ts'

const fine = { store: null, backup: null, network: null, refusals: [], unreached: [], media: null }
const startAt = Date.UTC(2026, 10, 14)

function evaluated(of: { readonly server?: Partial<Server>; readonly own?: () => readonly OwnTrouble[] }, rules: readonly RuleInput[] = []) {
  const clock = createTestClock(startAt)
  const evaluation = createEvaluation({
    clock,
    server: (id) => (id === 'a' ? someServer('a', of.server) : null),
    host: () => null,
    streams: {
      eachTroubledOf: () => [],
      wellness: () => 'well',
      hasVideo: () => true,
      isOffPlan: () => false,
      forwardFailure: () => null,
      lostTogether: () => null,
      losesPackets: () => true,
    },
    ownTroubles: of.own ?? (() => []),
  })
  evaluation.configure(rules)
  return {
    clock,
    evaluation,
    found: (owner: AlarmOwner) =>
      Array.from(
        evaluation.conditionsOf(owner)?.findings() ?? [],
        ({ kind, severity, since }) => `${kind}: ${severity}, for ${(clock.now() - since) / 1000} s`,
      ),
  }
}

test('what is wrong with the console is judged by what it costs: samples lost are worse than samples thinned out', () => {
  const severity = (of: Partial<Parameters<typeof ownTroublesOf>[0]>) =>
    ownTroublesOf({ ...fine, ...of }).map((trouble) => `${trouble.kind}: ${trouble.severity}`)
  expect(severity({})).toEqual([])
  expect(severity({ store: { kind: 'diskFull', folder: '/data' } })).toEqual(['storeFailing: critical'])
  expect(severity({ store: { kind: 'databaseDamaged', file: 'history.db', because: { kind: 'cutOff' } } })).toEqual(['storeFailing: critical'])
  expect(severity({ store: { kind: 'spaceLow', folder: '/data', freeBytes: 1, leastBytes: 2 } })).toEqual(['storeFailing: major'])
  expect(severity({ backup: { kind: 'copyFailed', folder: '/data/backups', because: 'EROFS' }, network: { kind: 'noNetwork' } })).toEqual([
    'consoleOffline: critical',
    'backupMissed: minor',
  ])
})

test('where this console can read no stream, that is said, and not what a stream answered', () => {
  const error = { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install: 'apt-get install ffmpeg' } as const
  expect(ownTroublesOf({ ...fine, media: error })).toEqual([{ kind: 'mediaFailing', severity: 'major', why: { kind: 'mediaFailing', error } }])
  expect(ownTroublesOf({ ...fine, media: { kind: 'unavailable', because: 'keepsEnding' } })).toHaveLength(1)
  // This console is one that reads none, such as one that shows a bundle.
  expect(ownTroublesOf({ ...fine, media: { kind: 'unavailable', because: 'noProcess' } })).toEqual([])
  expect(ownTroublesOf({ ...fine, media: { kind: 'unauthorized' } })).toEqual([])
})

test('what somebody did not hear of goes before a drill that did not arrive', () => {
  const failure = { kind: 'unreachable', code: 'ECONNREFUSED' } as const
  const why = (...refusals: Parameters<typeof ownTroublesOf>[0]['refusals']) => ownTroublesOf({ ...fine, refusals })[0]?.why
  const [drill, message] = [{ channel: 'a', what: 'drill', failure } as const, { channel: 'b', what: 'message', failure } as const]
  expect(why(drill)).toEqual({ kind: 'drillFailed', channels: ['a'], failure })
  expect(why(drill, message)).toEqual({ kind: 'messageRefused', channels: ['b'], failure })
})

test('of channels that messages wait for, the one that they wait for the longest says why', () => {
  const failures = ['ECONNREFUSED', 'ETIMEDOUT'].map((code) => ({ kind: 'unreachable', code }) as const)
  const unreached = failures.map((failure, index) => ({ channel: `c${index}`, since: startAt - index * 60_000, failure }))
  expect(ownTroublesOf({ ...fine, unreached })).toEqual([
    {
      kind: 'channelUnreachable',
      severity: 'major',
      why: { kind: 'channelUnreachable', channels: ['c0', 'c1'], since: startAt - 60_000, failure: failures[1] },
    },
  ])
})

test('a trouble of the console is found since it began, and anew when it comes again', async () => {
  let own = ownTroublesOf({ ...fine, store: { kind: 'writerFailed' } })
  const { clock, found, evaluation } = evaluated({ own: () => own })
  expect([...evaluation.timeDependentOwners()]).toEqual([consoleSubject])
  expect(found(consoleSubject)).toEqual(['storeFailing: critical, for 0 s'])
  await clock.advance(30_000)
  expect(found(consoleSubject)).toEqual(['storeFailing: critical, for 30 s'])
  own = []
  expect(found(consoleSubject)).toEqual([])
  own = ownTroublesOf({ ...fine, store: { kind: 'writerFailed' } })
  expect(found(consoleSubject)).toEqual(['storeFailing: critical, for 0 s'])
})

test('rules change and switch off what is found of the console; scopes of servers are not for it', () => {
  const own = () =>
    ownTroublesOf({
      ...fine,
      store: { kind: 'writerFailed' },
      backup: { kind: 'copyBad', folder: '', because: { kind: 'cutOff' } },
      network: { kind: 'noNetwork' },
    })
  const rules: readonly RuleInput[] = [
    { id: 'storeFailing', severity: 'minor' },
    { id: 'backupMissed', enabled: false },
    { id: 'consoleOffline', tags: ['studio'] },
  ]
  expect(evaluated({ own }, rules).found(consoleSubject)).toEqual(['storeFailing: minor, for 0 s'])
})

const cost = (intervalSeconds: number, effectiveIntervalSeconds: number): Partial<Server> => ({
  cost: { bytesPerRound: 2_900_000, cpuPercent: 1, intervalSeconds, effectiveIntervalSeconds, authServer: null },
})

test('a server that has to be asked less often than it is to be is found while that is so', async () => {
  const slowed = evaluated({ server: cost(1, 8.5) })
  await slowed.clock.advance(1_000)
  expect(slowed.found(serverSubject('a'))).toEqual(['pollingSlowed: warning, for 0 s'])
  expect(evaluated({ server: cost(2, 2) }).found(serverSubject('a'))).toEqual([])
  expect(evaluated({ server: { ...cost(1, 8.5), state: 'connecting' } }).found(serverSubject('a'))).toEqual([])
})

test('an API that answers without credentials is found where others can reach it, too', () => {
  const open = (url: string, openToAll: boolean | null) => evaluated({ server: { url, openToAll } }).found(serverSubject('a'))
  expect(open('http://10.0.0.5:9997', true)).toEqual(['apiOpen: warning, for 0 s'])
  expect(open('http://10.0.0.5:9997', false)).toEqual([])
  expect(open('http://10.0.0.5:9997', null)).toEqual([])
  expect(open('http://127.0.0.1:9997', true)).toEqual([])
  expect(open('http://[::1]:9997', true)).toEqual([])
})
