import { expect, test } from 'vitest'
import type { MetricId } from '../../shared/metrics.ts'
import { createNaming } from '../../shared/naming.ts'
import { type RuleInput, ruleCallSchema, shippedRuleIds } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { hostSubject, partOf, probeSubject, serverSubject } from '../../shared/subjectNames.ts'
import { writtenRulesSchema } from '../../shared/writtenRules.ts'
import type { SampleBatch } from '../history/history.ts'
import { createBreaches, levelAt, limits as limitKind } from './breaches.ts'
import { createRuleSet } from './ruleSet.ts'

const server = 'srv-1'
const { live, stalled } = streamStateCodes

function watching(...inputs: readonly RuleInput[]) {
  const rules = createRuleSet(() => ({ server: 'Berlin', host: 'edge1', tags: ['studio'] }))
  // Only what the test is about.
  const off = shippedRuleIds.filter((id) => inputs.every((input) => input.id !== id)).map((id) => ({ id, enabled: false }))
  rules.configure([...off, ...inputs])
  const limits = createBreaches(limitKind, rules, () => true)
  const said = (ownerId = server) =>
    Array.from(
      limits.of(ownerId),
      ({ rule, subject, worst, level, since }) => `${rule} ${partOf(subject)}: ${worst} beyond ${level.limit}, ${level.severity}, since ${since}`,
    )
  const streams = (at: number, figures: Readonly<Record<string, readonly [state: number, ...values: number[]]>>, ...metrics: readonly MetricId[]) =>
    limits.addSamples(batch(at, Object.keys(figures), ['path.state', ...metrics], Object.values(figures).flat()))
  return { limits, said, streams }
}
const batch = (at: number, parts: readonly string[] | null, metrics: readonly MetricId[], values: readonly number[]): SampleBatch => ({
  owner: serverSubject(server),
  at,
  parts,
  metrics,
  values: Float64Array.from(values),
})

test('a rule is for streams whose names have the fields that it names', () => {
  const naming = createNaming(['{examId}_{participantId}_{timestamp}'])
  const rules = createRuleSet(() => ({ server: 'Berlin', host: null, tags: [] }), naming.fieldsOf)
  const stream = (path: string) => ({ kind: 'stream', serverId: server, path }) as const
  const isFor = (where: readonly string[], path: string) => {
    rules.configure([{ id: 'low', metric: 'path.bitrateIn', below: 500, where: [...where] }])
    return rules.applied('low', stream(path)) !== null
  }
  const path = 'exam_123_student_456_1693875600000'
  expect(isFor(['examId=exam_123'], path)).toBe(true)
  expect(isFor(['examId=exam_1*', 'participantId=student_456'], path)).toBe(true)
  expect(isFor(['examId=exam_9', 'examId=exam_123'], path)).toBe(true)
  expect(isFor(['examId=exam_123', 'participantId=student_9'], path)).toBe(false)
  expect(isFor(['examId=exam_123'], 'studio/one')).toBe(false)
  expect(isFor(['constructor=*'], path)).toBe(false)
  expect(isFor([], 'studio/one')).toBe(true)
  expect(ruleCallSchema.safeParse({ id: 'low', metric: 'host.cpu', above: 1, where: ['examId=x'] }).success).toBe(false)
})

test('where a rule is for is written as a map, or as a list', () => {
  const read = (where: unknown) => writtenRulesSchema.safeParse([{ id: 'low', metric: 'path.bitrateIn', below: '500', where }]).data?.[0]?.where
  expect(read({ examId: 'exam_123', participantId: ['a', 'b'] })).toEqual(['examId=exam_123', 'participantId=a', 'participantId=b'])
  expect(read(['examId=exam_123'])).toEqual(['examId=exam_123'])
  for (const wrong of [['exam_123'], ['examId='], ['examId=~^a'], { 'exam id': 'x' }]) expect(read(wrong)).toBeUndefined()
})

test('a limit with two levels goes up at each limit, and down only past where it clears', () => {
  const cpu = {
    kind: 'limit',
    metric: 'host.cpu',
    per: null,
    side: 'above',
    levels: [
      { severity: 'warning', limit: 75, clear: 70 },
      { severity: 'major', limit: 90, clear: 85 },
    ],
  } as const
  const levels = [...cpu.levels]
  let level = -1
  const walk = [50, 76, 91, 86, 85, 72, 70, 75, 75.1].map((value) => (level = levelAt(value, { ...cpu, levels }, level)))
  expect(walk).toEqual([-1, 0, 1, 1, 0, 0, -1, -1, 0])
})

test('a figure on the other side of its limit is a breach, with the worst value since', () => {
  const { said, streams } = watching({ id: 'low', metric: 'path.bitrateIn', below: 500, clear: 600 })
  expect(streams(1_000, { a: [live, 499], b: [live, 500] }, 'path.bitrateIn')).toBe(true)
  streams(2_000, { a: [live, 300], b: [live, 900] }, 'path.bitrateIn')
  streams(3_000, { a: [live, 599], b: [live, 900] }, 'path.bitrateIn')
  expect(said()).toEqual(['low a: 300 beyond 500, minor, since 1000'])
  streams(4_000, { a: [live, 600], b: [live, 900] }, 'path.bitrateIn')
  expect(said()).toEqual([])
  expect(streams(5_000, { a: [live, 700], b: [live, 900] }, 'path.bitrateIn')).toBe(false)
})

test('where mtxdeck comes without a limit, one is judged from the moment on that somebody gives it, for all or for some', () => {
  const figures = { low: [live, 100] as const, other: [live, 100] as const }
  const saidWith = (input: RuleInput) => {
    const { said, streams } = watching(input)
    streams(1_000, figures, 'path.bitrateIn')
    return said()
  }
  expect(saidWith({ id: 'bitrateLow' })).toEqual([])
  expect(saidWith({ id: 'bitrateLow', below: 500, streams: ['low'] })).toEqual(['bitrateLow low: 100 beyond 500, minor, since 1000'])
  expect(saidWith({ id: 'bitrateLow', exceptions: [{ streams: ['low'], below: 500, reason: 'its encoder is set to 1,000' }] })).toEqual([
    'bitrateLow low: 100 beyond 500, minor, since 1000',
  ])
})

test('a figure that is better, but not well, is at the level that it has, with the worst value there', () => {
  const { said, streams } = watching({ id: 'latencyTight' })
  for (const [index, rtt] of [60, 35, 37].entries()) streams(index * 1_000, { a: [live, 120, rtt] }, 'path.latency', 'path.rtt')
  expect(said()).toEqual([`latencyTight a: ${120 / 37} beyond 4, warning, since 0`])
})

test('only live streams are judged by their figures, and what is unknown for long is no breach any more', () => {
  const { said, streams } = watching({ id: 'low', metric: 'path.bitrateIn', below: 500 })
  streams(1_000, { a: [stalled, 0], b: [live, Number.NaN], c: [live, 1] }, 'path.bitrateIn')
  expect(said()).toEqual(['low c: 1 beyond 500, minor, since 1000'])
  streams(31_000, { c: [stalled, 0] }, 'path.bitrateIn')
  expect(said()).toHaveLength(1)
  streams(31_001, { c: [stalled, 0] }, 'path.bitrateIn')
  expect(said()).toEqual([])
})

test('a figure that is not read of a stream that is live is no recovery; after five minutes nothing is said of it any more', () => {
  const { said, streams } = watching({ id: 'low', metric: 'path.bitrateIn', below: 500 })
  streams(1_000, { a: [live, 1] }, 'path.bitrateIn')
  for (let at = 3_000; at <= 301_000; at += 2_000) streams(at, { a: [live, Number.NaN] }, 'path.bitrateIn')
  expect(said()).toEqual(['low a: 1 beyond 500, minor, since 1000'])
  streams(303_000, { a: [live, Number.NaN] }, 'path.bitrateIn')
  expect(said()).toEqual([])
})

test('a figure of what is no poll begins anew after it was unknown for too long, also where it holds as long as those of a poll', () => {
  const { limits, said } = watching({ id: 'slow', metric: 'probe.answerMs', above: 1_000 })
  const probe = 'probe-0001'
  const read = (at: number, holdsMs: number) => limits.addSamples({ ...batch(at, null, ['probe.answerMs'], [2_000]), owner: probeSubject(probe), holdsMs })
  for (const holdsMs of [29_999, 30_000, 30_001]) {
    limits.forget(probe)
    read(0, holdsMs)
    read(holdsMs, holdsMs)
    expect(said(probe)).toEqual(['slow null: 2000 beyond 1000, minor, since 0'])
    read(2 * holdsMs + 1, holdsMs)
    expect(said(probe)).toEqual([`slow null: 2000 beyond 1000, minor, since ${2 * holdsMs + 1}`])
  }
})

test('a figure can be a multiple of another', () => {
  const { said, streams } = watching({ id: 'latencyTight' })
  streams(1_000, { a: [live, 120, 20], b: [live, 120, 35], c: [live, 120, 60], d: [live, 120, Number.NaN], e: [live, 120, 0] }, 'path.latency', 'path.rtt')
  expect(said().map((text) => text.replace(/: .* beyond/, ':'))).toEqual(['latencyTight b: 4, warning, since 1000', 'latencyTight c: 3, critical, since 1000'])
})

test('a distance from zero counts on both sides', () => {
  const { limits, said } = watching({ id: 'serverClock' })
  limits.addSamples(batch(1_000, null, ['server.clockSkew'], [-6_000]))
  limits.addSamples(batch(2_000, null, ['server.clockSkew'], [-9_000]))
  expect(said()).toEqual(['serverClock null: -9000 beyond 5000, warning, since 1000'])
  limits.addSamples(batch(3_000, null, ['server.clockSkew'], [2_000]))
  expect(said()).toEqual([])
})

test('a rule concerns the parts that its scope names, and an exception has limits of its own', () => {
  const { limits, said } = watching({ id: 'diskUsed', exceptions: [{ devices: ['disk:/backup'], above: 99, reason: 'always full' }] })
  const host = 'host-1'
  limits.addSamples({
    owner: hostSubject(host),
    at: 1_000,
    parts: ['disk:/', 'disk:/backup', 'net:eth0'],
    metrics: ['device.used'],
    values: Float64Array.of(81, 95, 95),
  })
  expect(said(host)).toEqual(['diskUsed disk:/: 81 beyond 80, warning, since 1000'])
})

test('a changed rule judges the next figures, and what it does not concern any more is forgotten', () => {
  const { limits, said, streams } = watching({ id: 'low', metric: 'path.bitrateIn', below: 500, tags: ['studio'] })
  streams(1_000, { a: [live, 1] }, 'path.bitrateIn')
  expect(said()).toHaveLength(1)
  limits.forget(server)
  expect(said()).toEqual([])
})

test('a breach says the limits that judged it: that of its level and of its exception, and where the mildest one heals', () => {
  const { limits, streams } = watching({
    id: 'rtt',
    metric: 'path.rtt',
    levels: [
      { above: 100, clear: 80, severity: 'warning' },
      { above: 200, clear: 150, severity: 'major' },
    ],
    exceptions: [{ streams: ['moon'], above: 3_000, clear: 2_800, reason: 'it is on the moon' }],
  })
  streams(1_000, { a: [live, 110], b: [live, 250], moon: [live, 3_100] }, 'path.rtt')
  const why = Array.from(limits.findings({ subject: serverSubject(server), name: 'Berlin', isUp: true }), ({ why }) => why)
  expect(why).toMatchObject([
    { limit: 100, clear: 80 },
    { limit: 200, clear: 80 },
    { limit: 3_000, clear: 2_800 },
  ])
})
