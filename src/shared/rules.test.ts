import { describe, expect, test } from 'vitest'
import { costOf } from '../../tests/cpuMs.ts'
import { validationErrorText } from '../i18n/validationErrorText.ts'
import { metrics } from './metrics.ts'
import { type RuleInput, ruleCallSchema, ruleInputSchema, ruleProblems, rulesOf, shippedRuleIds, shippedRules } from './rules.ts'
import { severityRank } from './severities.ts'
import { validationErrorOf } from './validationErrors.ts'
import { writtenRulesSchema } from './writtenRules.ts'

const ruleOf = (id: string, ...inputs: readonly RuleInput[]) => rulesOf(inputs).find((rule) => rule.id === id) ?? expect.fail(`there is no rule ${id}`)
const problems = (input: RuleInput) => ruleProblems(input).map(({ path, validationError }) => `${path.join('.')}: ${validationError.kind}`)

test('the levels of shipped limits become worse with the limit, and each clears on the good side', () => {
  for (const id of shippedRuleIds) {
    const { watches } = shippedRules[id]
    if (watches.kind !== 'limit') continue
    const towards = watches.side === 'below' ? -1 : 1
    watches.levels.forEach(({ severity, limit, clear }, index) => {
      expect((clear - limit) * towards, id).toBeLessThanOrEqual(0)
      const before = watches.levels[index - 1]
      if (before === undefined) return
      expect((limit - before.limit) * towards, id).toBeGreaterThan(0)
      expect(severityRank[severity], id).toBeLessThan(severityRank[before.severity])
    })
    expect(Object.keys(metrics)).toContain(watches.metric)
  }
})

test('what a configuration leaves out of a shipped rule stays as it was', () => {
  expect(ruleOf('streamGone', { id: 'streamGone', onDelaySeconds: 4 })).toEqual({ ...ruleOf('streamGone'), origin: 'file', onDelayMs: 4_000 })
})

test('a new limit replaces the levels of a shipped rule, with the worst severity that it had', () => {
  const { watches } = ruleOf('hostCpu', { id: 'hostCpu', above: 97 })
  expect(watches).toMatchObject({ levels: [{ severity: 'major', limit: 97, clear: 97 }] })
})

test('a severity alone counts for all levels of a limit', () => {
  const { watches } = ruleOf('hostCpu', { id: 'hostCpu', severity: 'minor' })
  expect(watches).toMatchObject({
    levels: [
      { severity: 'minor', limit: 75 },
      { severity: 'minor', limit: 90 },
    ],
  })
})

test('several levels are written with a severity each, in any order', () => {
  const { watches } = ruleOf('hostCpu', {
    id: 'hostCpu',
    levels: [
      { above: 90, severity: 'major' },
      { above: 75, clear: 70, severity: 'warning' },
    ],
  })
  expect(watches).toMatchObject({
    side: 'above',
    levels: [
      { severity: 'warning', limit: 75, clear: 70 },
      { severity: 'major', limit: 90, clear: 90 },
    ],
  })
})

test('an exception changes the rule as the configuration has it', () => {
  const rule = ruleOf('hostCpu', { id: 'hostCpu', onDelaySeconds: 9, exceptions: [{ hosts: ['edge*'], above: 99, reason: 'encodes at night' }] })
  expect(rule.exceptions).toMatchObject([{ onDelayMs: 9_000, scope: { hosts: ['edge*'] }, reason: 'encodes at night', watches: { levels: [{ limit: 99 }] } }])
})

test('a rule of one’s own is added', () => {
  expect(ruleOf('slow', { id: 'slow', metric: 'path.rtt', above: 300, clear: 200 })).toMatchObject({
    origin: 'file',
    enabled: true,
    watches: { kind: 'limit', metric: 'path.rtt', per: null, side: 'above', levels: [{ severity: 'minor', limit: 300, clear: 200 }] },
  })
})

test.each<[RuleInput, string[]]>([
  [{ id: 'streamGone', onDelaySeconds: 4 }, []],
  [{ id: 'slow', metric: 'path.rtt', above: 300 }, []],
  [{ id: 'slow', onDelaySeconds: 4 }, ['id: noSuchRule']],
  [{ id: 'hostCpu', metric: 'host.cpu', above: 3 }, ['metric: notHere']],
  [{ id: 'slow', metric: 'path.rtt' }, [': noneGiven']],
  [{ id: 'slow', metric: 'path.rtt', above: 3, below: 2 }, ['below: givenBeside']],
  [{ id: 'slow', metric: 'path.rtt', above: 300, clear: 301 }, ['clear: clearOnWrongSide']],
  [{ id: 'slow', metric: 'path.rtt', below: 300, clear: 299 }, ['clear: clearOnWrongSide']],
  [{ id: 'hostCpu', clear: 3 }, ['clear: noneGiven']],
  [{ id: 'hostCpu', above: 3, levels: [{ above: 75, severity: 'minor' }] }, ['above: givenBeside']],
  [{ id: 'hostCpu', severity: 'major', levels: [{ above: 75, severity: 'minor' }] }, ['severity: givenBeside']],
  [{ id: 'hostCpu', levels: [{ severity: 'minor' }] }, ['levels.0: noneGiven']],
  [{ id: 'hostCpu', levels: [{ above: 75, clear: 76, severity: 'minor' }] }, ['levels.0.clear: clearOnWrongSide']],
  [
    {
      id: 'hostCpu',
      levels: [
        { above: 75, severity: 'minor' },
        { below: 90, severity: 'major' },
      ],
    },
    ['levels.1.below: givenBeside'],
  ],
  [
    {
      id: 'hostCpu',
      levels: [
        { above: 75, severity: 'major' },
        { above: 90, severity: 'minor' },
      ],
    },
    ['levels.1.severity: levelsOutOfOrder'],
  ],
  [
    {
      id: 'hostCpu',
      levels: [
        { above: 75, severity: 'minor' },
        { above: 75, severity: 'major' },
      ],
    },
    ['levels.1.severity: levelsOutOfOrder'],
  ],
  [{ id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, withinSeconds: 60 }, []],
  [{ id: 'drop', fallsBy: 50 }, ['metric: missing', 'withinSeconds: missing']],
  [{ id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, above: 3, withinSeconds: 60 }, ['above: notHere']],
  [{ id: 'drop', metric: 'path.bitrateIn', fallsBy: 5, risesBy: 3, withinSeconds: 60 }, ['fallsBy: givenBeside']],
  [{ id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, clear: 60, withinSeconds: 60 }, ['clear: clearOnWrongSide']],
  [{ id: 'drop', metric: 'path.rtt', fallsBy: 5, withinSeconds: 60, exceptions: [{ streams: ['a'], fallsBy: 9, reason: 'b' }] }, []],
  [{ id: 'drop', metric: 'path.rtt', fallsBy: 5, withinSeconds: 60, exceptions: [{ risesBy: 9, reason: 'b' }] }, ['exceptions.0.risesBy: notHere']],
  [{ id: 'drop', metric: 'path.rtt', fallsBy: 5, withinSeconds: 60, exceptions: [{ withinSeconds: 9, reason: 'b' }] }, ['exceptions.0.withinSeconds: notHere']],
  [{ id: 'hostCpu', risesBy: 5, withinSeconds: 60 }, ['risesBy: notHere', 'withinSeconds: notHere']],
  [{ id: 'moved', event: 'publisherChanged', streams: ['studio/*'] }, []],
  [{ id: 'moved', event: 'publisherChanged', metric: 'path.rtt' }, ['metric: notHere']],
  [{ id: 'moved', event: 'publisherChanged', above: 3 }, ['above: notHere']],
  [{ id: 'moved', event: 'publisherChanged', hosts: ['a'] }, ['hosts: scopeUnfit']],
  [{ id: 'moved', event: 'serverUp', exceptions: [{ event: 'serverDown', servers: ['a'], reason: 'b' }] }, ['exceptions.0.event: notHere']],
  [{ id: 'unsteady', flaps: 5, withinMinutes: 30, clear: 2, streams: ['live/*'] }, []],
  [{ id: 'unsteady', flaps: 5 }, ['withinMinutes: missing']],
  [{ id: 'unsteady', flaps: 5, withinMinutes: 30, clear: 6 }, ['clear: notACount']],
  [{ id: 'unsteady', flaps: 5, withinMinutes: 30, above: 3 }, ['above: notHere']],
  [{ id: 'unsteady', flaps: 5, metric: 'path.rtt', withinMinutes: 30 }, ['metric: notHere']],
  [{ id: 'unsteady', flaps: 5, withinMinutes: 30, hosts: ['a'] }, ['hosts: scopeUnfit']],
  [{ id: 'streamGone', hosts: ['a'] }, ['hosts: scopeUnfit']],
  [{ id: 'streamFlapping', flaps: 4, exceptions: [{ streams: ['drone/*'], flaps: 20, clear: 10, reason: 'it flies' }] }, []],
  [{ id: 'streamFlapping', clear: 7 }, ['clear: notACount']],
  [{ id: 'streamFlapping', exceptions: [{ streams: ['a'], withinMinutes: 60, reason: 'b' }] }, ['exceptions.0.withinMinutes: notHere']],
  [{ id: 'publisherChanged', event: 'codecChanged' }, ['event: notHere']],
  [{ id: 'hostCpu', event: 'codecChanged' }, ['event: notHere']],
  [{ id: 'streamGone', levels: [{ above: 75, severity: 'minor' }] }, ['levels: notHere']],
  [{ id: 'streamGone', above: 3 }, ['above: notHere']],
  [{ id: 'hostCpu', streams: ['cam*'] }, ['streams: scopeUnfit']],
  [{ id: 'slow', metric: 'path.latency', per: 'host.cpu', below: 4 }, ['per: scopeUnfit']],
  [{ id: 'hostCpu', exceptions: [{ streams: ['a'], reason: 'b' }] }, ['exceptions.0.streams: scopeUnfit']],
])('of the rule %j is said: %j', (input, said) => {
  expect(problems(input)).toEqual(said)
})

test.each([
  { id: '' },
  { id: 'a b' },
  { id: 'slow', metric: 'path.nothing', above: 1 },
  { id: 'streamGone', onDelaySeconds: -1 },
  { id: 'streamGone', onDelaySeconds: 86_401 },
  { id: 'streamGone', streams: ['~('] },
  { id: 'streamGone', runbookUrl: 'javascript:alert(1)' },
  { id: 'streamGone', exceptions: [{ streams: ['a'] }] },
  { id: 'slow', metric: 'path.rtt', above: Number.POSITIVE_INFINITY },
  { id: 'drop', metric: 'path.rtt', fallsBy: '50 percent', withinSeconds: 60 },
  { id: 'drop', metric: 'path.rtt', fallsBy: -5, withinSeconds: 60 },
  { id: 'drop', metric: 'path.rtt', fallsBy: 5, withinSeconds: 1 },
  { id: 'unsteady', flaps: 1, withinMinutes: 30 },
  { id: 'unsteady', flaps: 2.5, withinMinutes: 30 },
  { id: 'unsteady', flaps: 1_000, withinMinutes: 30 },
  { id: 'unsteady', flaps: 5, withinMinutes: 2_000 },
  { id: 'hostCpu', levels: [] },
  { id: 'hostCpu', levels: [{ above: 3 }] },
])('the rule %j is refused', (input) => {
  expect(ruleInputSchema.safeParse(input).success).toBe(false)
})

test('a rule of one’s own on an event lasts as long as shipped ones', () => {
  const { watches, offDelayMs, severity } = ruleOf('moved', { id: 'moved', event: 'publisherChanged' })
  expect({ watches, offDelayMs, severity }).toEqual({ watches: { kind: 'event', event: 'publisherChanged' }, offDelayMs: 300_000, severity: 'minor' })
})

test('an event that there is not is refused with the one that was probably meant', () => {
  const read = ruleInputSchema.safeParse({ id: 'moved', event: 'publisherChange' })
  expect(read.error?.issues.map((issue) => validationErrorText(validationErrorOf(issue), 'en'))).toEqual([
    'there is no "publisherChange"; did you mean publisherChanged?',
  ])
  // Of this console: it has no part in a scope.
  expect(ruleInputSchema.safeParse({ id: 'gap', event: 'consoleGap' }).success).toBe(false)
})

test('what flaps heals with fewer changes than make it an alarm, unless something else is said', () => {
  expect(ruleOf('unsteady', { id: 'unsteady', flaps: 5, withinMinutes: 30 }).watches).toMatchObject({ flaps: 5, clear: 5, withinMs: 1_800_000 })
  expect(ruleOf('streamFlapping', { id: 'streamFlapping', flaps: 2 }).watches).toMatchObject({ flaps: 2, clear: 2 })
  expect(ruleOf('streamFlapping', { id: 'streamFlapping', flaps: 20 }).watches).toMatchObject({ flaps: 20, clear: 3 })
})

test('a rule of each kind can be written in YAML, where all is text', () => {
  const written = [
    { id: 'a', event: 'publisherChanged', streams: ['studio/*'] },
    { id: 'd', flaps: '4', withinMinutes: '15', clear: '2' },
    { id: 'e', metric: 'path.rtt', above: '300', clear: '200' },
    { id: 'g', metric: 'path.bitrateIn', fallsBy: '50%', withinSeconds: '60' },
    { id: 'probeDown', probes: ['studio*'], exceptions: [{ probes: ['studio-test'], enabled: 'false', reason: 'a test' }] },
  ]
  const read = writtenRulesSchema.safeParse(written)
  expect(read.error?.issues.map((issue) => validationErrorText(validationErrorOf(issue), 'en'))).toBeUndefined()
  expect(read.data).toMatchObject([{}, { flaps: 4 }, { above: 300, clear: 200 }, { fallsBy: 50, withinSeconds: 60 }, { exceptions: [{ enabled: false }] }])
})

describe('regular expressions of rules', () => {
  const expressions = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `~${'\\pL'.repeat(160)}${from + n}`)
  const validationErrorsIn = (value: unknown) => writtenRulesSchema.safeParse(value).error?.issues.map((issue) => validationErrorOf(issue).kind)
  test('have a bound together, which is looked at before any is compiled', () => {
    const rule = (streams: readonly string[], id = 'stray') => ({ id, event: 'slateOn', streams })
    expect(validationErrorsIn([rule(expressions(20))])).toBeUndefined()
    const cost = costOf(() => {
      expect(validationErrorsIn(Array.from({ length: 100 }, (_, n) => rule(expressions(90, n * 90), `rule${n}`)))).toEqual(['expressionsTooLong'])
      const one = { ...rule(expressions(60)), exceptions: [{ streams: expressions(60, 60), severity: 'minor', reason: 'quiet' }] }
      expect(ruleCallSchema.safeParse(one).error?.issues.map((issue) => validationErrorOf(issue).kind)).toEqual(['expressionsTooLong'])
    })
    // Compiling them takes 45 s, which is thousands of times the reference.
    expect(cost).toBeLessThan(300)
  })
  test('count once, and names with * do not', () => {
    const same = Array.from({ length: 100 }, (_, n) => ({ id: `rule${n}`, event: 'slateOn', streams: expressions(1) }))
    expect(
      validationErrorsIn([...same, { id: 'names', event: 'slateOn', streams: Array.from({ length: 100 }, (_, n) => `${'a'.repeat(490)}*${n}`) }]),
    ).toBeUndefined()
  })
})

test('each trouble of a server may have a remedy of its host, and none of this console', () => {
  const remedy = { act: 'runCommand', keyFile: '/etc/mtxdeck/x.key', afterSeconds: 30, againSeconds: 600, mostAnHour: 4 } as const
  for (const id of ['serverDown', 'serverSilent', 'pollingSlowed', 'apiOpen', 'streamGone', 'hostDown'])
    expect([id, problems({ id, remedy })]).toEqual([id, []])
  for (const id of ['storeFailing', 'backupMissed', 'consoleOffline']) expect([id, problems({ id, remedy })]).toEqual([id, ['remedy.act: remedyUnfit']])
})
