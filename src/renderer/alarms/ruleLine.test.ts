import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Rule, type RuleInput, ruleInputSchema, ruleProblems, rulesOf, shippedRuleIds } from '../../shared/rules.ts'
import { ruleLine } from './ruleLine.ts'

const ruleIn = (inputs: readonly RuleInput[], id: string): Rule => rulesOf(inputs).find((rule) => rule.id === id) ?? expect.fail(`there is no rule ${id}`)
/** The rule once its line stands in the configuration file. */
function fromLine(rule: Rule): Rule {
  const [input] = ruleInputSchema.array().parse(parse(ruleLine(rule)))
  if (input === undefined) return expect.fail('the line is no entry')
  expect(ruleProblems(input)).toEqual([])
  return ruleIn([input], rule.id)
}
const own = { id: 'slowLink', metric: 'path.rtt', above: 300, clear: 200 } as const

describe('the line of a rule leaves it as it is', () => {
  test.each(shippedRuleIds)('as shipped: %s', (id) => {
    const rule = ruleIn([], id)
    expect(fromLine(rule)).toEqual({ ...rule, origin: 'changed' })
  })
  test.each<RuleInput>([
    { id: 'noReaders', enabled: true, streams: ['live/*', '~^cam\\d+: "x"$'] },
    { id: 'streamGone', enabled: false, severity: 'warning', onDelaySeconds: 0, offDelaySeconds: 0.5 },
    { id: 'hostCpu', above: 95 },
    { id: 'hostCpu', severity: 'minor' },
    {
      id: 'hostCpu',
      levels: [
        { above: 95, clear: 90, severity: 'critical' },
        { above: 80, severity: 'minor' },
      ],
    },
    { id: 'hostCpu', exceptions: [{ hosts: ['edge*'], above: 99, onDelaySeconds: 600, reason: 'encodes at night: # a lot\nreally' }] },
    { id: 'hostCpu', exceptions: [{ tags: ['no'], enabled: false, reason: 'true' }] },
    { id: 'streamGone', exceptions: [{ streams: ['a, b'], severity: 'minor', offDelaySeconds: 60, reason: 'null' }] },
    own,
    {
      ...own,
      id: 'null',
      per: 'path.latency',
      enabled: false,
      severity: 'critical',
      runbook: 'Call {site}: then wait',
      runbookUrl: 'https://wiki.example/a#b',
    },
    { id: 'drop', metric: 'path.bitrateIn', fallsBy: '50%', clear: 20, withinSeconds: 60, exceptions: [{ streams: ['a'], fallsBy: '80%', reason: 'b' }] },
    {
      id: 'leak',
      metric: 'host.memoryPercent',
      withinSeconds: 3600,
      levels: [
        { risesBy: 10, severity: 'minor' },
        { risesBy: 20, severity: 'major' },
      ],
    },
    { id: 'noRtt', metric: 'path.rtt', absent: true, onDelaySeconds: 60, severity: 'warning' },
    { id: 'there', absent: ['cam1', 'news/*'], servers: ['Berlin'], exceptions: [{ tags: ['a'], enabled: false, reason: 'b' }] },
    { id: 'streamFlapping', flaps: 10, withinMinutes: 60 },
    { id: 'streamFlapping', clear: 1, exceptions: [{ streams: ['drone/*'], flaps: 40, reason: 'it flies' }] },
    { id: 'unsteady', serverFlaps: 4, withinMinutes: 15, clear: 2, severity: 'major' },
    { id: 'unsteadyHost', hostFlaps: 2, withinMinutes: 1_440 },
    { id: 'hostCpu', above: 95, clearWhen: { metric: 'host.load1', below: 2 } },
    { id: 'low', metric: 'path.bitrateIn', below: 5, clearWhen: { metric: 'path.readers', above: 2 }, exceptions: [{ streams: ['a'], below: 3, reason: 'b' }] },
    { id: 'slate', state: 'slate', tags: ['studio'], onDelaySeconds: 600, severity: 'critical' },
    { id: 'forgotten', serverState: 'paused', exceptions: [{ servers: ['a'], enabled: false, reason: 'b' }] },
    { id: 'locked', hostState: 'waiting' },
    { id: 'moved', event: 'publisherChanged', streams: ['studio/*'], severity: 'major', offDelaySeconds: 60 },
    { ...own, exceptions: [{ streams: ['~^moon/'], above: 2800, reason: 'it is on the moon' }] },
    { id: '1.5', metric: 'server.clockSkew', beyond: 1000 },
    { id: 'few', metric: 'path.readers', below: 1, clear: 2 },
  ])('as the file has it: %o', (input) => {
    const rule = ruleIn([input], input.id)
    expect(fromLine(rule)).toEqual(rule)
  })
})

test('a line is short, and quotes only what needs it', () => {
  expect(ruleLine(ruleIn([own], 'slowLink'))).toBe(
    '- { id: slowLink, metric: path.rtt, above: 300, clear: 200, severity: minor, onDelaySeconds: 0, offDelaySeconds: 0 }',
  )
})
