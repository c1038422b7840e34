import type { TFunction } from 'i18next'
import { describe, expect, it } from 'vitest'
import { type Rule, type RuleInput, rulesOf } from '../../shared/rules.ts'
import { exceptionEntries, formKinds, madeId, type RuleEntries, readException, readRule, ruleEntries, ruleFields } from './ruleForm.ts'

/** A rule in force, as it is shipped or as it was entered in the console. */
function ruleOf(id: string, input?: RuleInput): Rule {
  const rule = rulesOf([], input === undefined ? [] : [{ by: 'ann', at: 1, input }]).find((one) => one.id === id)
  if (rule === undefined) throw new Error(`there is no rule ${id}`)
  return rule
}
const saved = (rule: Rule, change: Partial<RuleEntries>) => readRule({ ...ruleEntries(rule), ...change }, rule)
const levels = [
  { above: 80, clear: 78, severity: 'warning' },
  { above: 95, clear: 93, severity: 'major' },
] as const

describe('the limits of a rule', () => {
  it('are shown as they are in force', () => {
    expect(ruleEntries(ruleOf('hostCpu'))).toMatchObject({ side: 'above', limit: '75', severity: 'warning', worseLimit: '90', worseSeverity: 'major' })
    expect(ruleFields(ruleOf('bitrateUnusual')).find(({ id }) => id === 'beyondUsual')).toMatchObject({ placeholder: '2' })
    expect(ruleEntries(ruleOf('drop', { id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, withinSeconds: 60 }))).toMatchObject({
      ...{ side: 'fallsBy', limit: '50', withinSeconds: '60', worseLimit: '' },
    })
  })
  it('stay as shipped while others are changed', () => {
    expect(saved(ruleOf('hostCpu'), { onDelaySeconds: '30' })).toEqual({ ok: true, value: { id: 'hostCpu', onDelaySeconds: 30 } })
  })
  it('stay as they were entered, also more than two of them', () => {
    const three: RuleInput = { id: 'diskUsed', levels: [...levels, { above: 99, severity: 'critical' }] }
    for (const input of [{ id: 'diskUsed', levels: [...levels] }, { id: 'diskUsed', above: 70, severity: 'minor' } as const, three])
      expect(saved(ruleOf('diskUsed', input), { runbook: 'Call the store.' })).toEqual({ ok: true, value: { ...input, runbook: 'Call the store.' } })
  })
  it('are entered together where one of two is changed', () => {
    expect(saved(ruleOf('diskUsed', { id: 'diskUsed', levels: [...levels] }), { worseLimit: '97,5' })).toEqual({
      ...{ ok: true, value: { id: 'diskUsed', levels: [levels[0], { ...levels[1], above: 97.5 }] } },
    })
  })
  it('are one again where the second is emptied, and as shipped where both are', () => {
    const rule = ruleOf('diskUsed', { id: 'diskUsed', levels: [...levels] })
    expect(saved(rule, { worseLimit: '' })).toEqual({ ok: true, value: { id: 'diskUsed', above: 80, clear: 78, severity: 'warning' } })
    expect(saved(rule, { limit: '', clear: '', worseLimit: '', worseClear: '' })).toEqual({ ok: true, value: { id: 'diskUsed' } })
  })
  it('have their mistakes at their own fields', () => {
    const rule = ruleOf('diskUsed')
    expect(saved(rule, { worseClear: '120' })).toMatchObject({ ok: false, error: { worseClear: { validationError: expect.objectContaining({ limit: 90 }) } } })
    expect(saved(rule, { worseLimit: '10', worseClear: '' })).toMatchObject({ ok: false, error: { worseSeverity: { validationError: expect.any(Object) } } })
    expect(saved(rule, { worseLimit: 'much' })).toMatchObject({ ok: false, error: { worseLimit: { validationError: expect.any(Object) } } })
    expect(readRule({ ...ruleEntries(null), id: 'slow' }, null)).toMatchObject({ error: { limit: { validationError: { kind: 'empty' } } } })
    expect(saved(rule, { worseSeverity: '' })).toMatchObject({ ok: false, error: { worseSeverity: { validationError: expect.any(Object) } } })
  })
})

it.each([
  ['path.bitrateIn', '2.50 Mbit/s', 2_500_000],
  ['path.rtt', '10.0 ms', 10],
  ['path.readers', '10', 10],
] as const)('a limit of %s is asked for by an example that may be typed: %s', (metric, example, read) => {
  const help = ruleFields(null).find(({ id }) => id === 'limit')?.help
  const entered = { ...ruleEntries(null), id: 'own', metric, side: 'below' as const }
  const said = (_: string, words: { readonly example: string }) => words.example
  expect(typeof help === 'function' && help(said as unknown as TFunction, entered, null)).toBe(example)
  expect(readRule({ ...entered, limit: example }, null)).toMatchObject({ value: { below: read } })
})

it('a limit is typed with its unit, and so are times', () => {
  const limitOf = (metric: string, limit: string) => {
    const read = readRule({ ...ruleEntries(null), id: 'own', metric, side: 'below', limit }, null)
    return read.ok ? read.value.below : Object.keys(read.error)
  }
  expect(limitOf('path.bitrateIn', '2.5 Mbit/s')).toBe(2_500_000)
  expect(limitOf('path.bitrateIn', '2,3Mbps')).toBe(2_300_000)
  expect(limitOf('path.bitrateIn', '800 kbit/s')).toBe(800_000)
  expect(limitOf('path.bitrateIn', '330k')).toBe(330_000)
  expect(limitOf('path.bitrateIn', '2 M')).toBe(2_000_000)
  expect(limitOf('path.rtt', '330k')).toEqual(['limit'])
  expect(limitOf('path.rtt', '1.5 s')).toBe(1_500)
  expect(limitOf('host.cpu', '90 %')).toBe(90)
  expect(limitOf('path.bitrateIn', '2 apples')).toEqual(['limit'])
  const timed = readRule({ ...ruleEntries(null), id: 'own', limit: '1', onDelaySeconds: '2 min' }, null)
  expect(timed).toMatchObject({ ok: true, value: { onDelaySeconds: 120 } })
})

it('the id of a new rule is made, and is never one that is taken', () => {
  const entered = { ...ruleEntries(null), side: 'below' }
  expect(madeId(entered, new Set())).toBe('bitrateIn-below')
  expect(madeId(entered, new Set(['bitrateIn-below']))).toBe('bitrateIn-below-2')
  expect(madeId({ ...entered, name: 'Gate B: low' }, new Set())).toBe('Gate-B-low')
  expect(madeId({ ...entered, name: '码率低' }, new Set())).toBe('bitrateIn-below')
})

it('a new rule shows what, where, how bad and how long; all else is folded', () => {
  const shown = ruleFields(null).filter((field) => (field.shown?.(ruleEntries(null)) ?? true) && !field.more)
  expect(shown.map(({ id }) => id)).toEqual(['kind', 'metric', 'side', 'limit', 'severity', 'onDelaySeconds', 'servers', 'streams'])
})

it('a new rule has two limits where two are typed', () => {
  const entered = { ...ruleEntries(null), id: 'slow', metric: 'path.rtt', limit: '100', worseLimit: '300', worseSeverity: 'major' }
  expect(readRule(entered, null)).toEqual({
    ok: true,
    value: {
      id: 'slow',
      metric: 'path.rtt',
      levels: [
        { above: 100, severity: 'minor' },
        { above: 300, severity: 'major' },
      ],
    },
  })
})

it('an exception says only what is otherwise there', () => {
  const rule = ruleOf('hostCpu')
  const entered = { ...exceptionEntries(rule), enabled: 'yes', limit: '95', hosts: 'encoder*', reason: 'it encodes' }
  expect(readException(entered, rule)).toEqual({
    ok: true,
    value: { id: 'hostCpu', exceptions: [{ above: 95, hosts: ['encoder*'], reason: 'it encodes' }] },
  })
})

it('an exception for all that the rule is for is refused: it would switch the rule off', () => {
  for (const id of ['hostCpu', 'streamGone']) {
    const read = readException({ ...exceptionEntries(ruleOf(id)), reason: 'it is loud' }, ruleOf(id))
    expect(Object.values(Object(!read.ok && read.error))).toEqual(['rules.form.exceptionForWhat'])
  }
})

it('a new rule on an event says which, and no figure', () => {
  const kind = ruleFields(null).find(({ id }) => id === 'kind')
  const entered = { ...ruleEntries(null), kind: 'event', ...kind?.sets?.('event'), id: 'moved', event: 'codecChanged', streams: 'studio/*' }
  const read = readRule(entered, null)
  expect(read).toEqual({ ok: true, value: { id: 'moved', event: 'codecChanged', severity: 'minor', streams: ['studio/*'] } })
  const shown = (of: RuleEntries, rule: Rule | null = null) =>
    ruleFields(rule)
      .filter((field) => field.shown?.(of) ?? true)
      .map(({ id }) => id)
  expect(shown(entered)).not.toContain('metric')
  expect(shown(entered)).toContain('streams')
  expect(shown({ ...entered, event: 'hostRestarted' })).not.toContain('streams')
  const rule = ruleOf('moved', { id: 'moved', event: 'codecChanged', streams: ['studio/*'] })
  expect(shown(ruleEntries(rule), rule)).toContain('event')
  expect(saved(rule, { offDelaySeconds: '60' })).toMatchObject({ value: { event: 'codecChanged', offDelaySeconds: 60, streams: ['studio/*'] } })
  expect(shown(ruleEntries(ruleOf('codecChanged')), ruleOf('codecChanged'))).not.toContain('event')
})

it('a new rule on flapping has its numbers, and of a shipped one only those that are typed are changed', () => {
  const kind = ruleFields(null).find(({ id }) => id === 'kind')
  const entered = { ...ruleEntries(null), kind: 'flapping', ...kind?.sets?.('flapping'), id: 'unsteady' }
  expect(readRule(entered, null)).toEqual({ ok: true, value: { id: 'unsteady', flaps: 6, clear: 3, withinMinutes: 15, severity: 'minor' } })
  expect(readRule({ ...entered, withinMinutes: '' }, null)).toMatchObject({
    ok: false,
    error: { withinMinutes: { validationError: expect.any(Object) } },
  })
  const shipped = ruleOf('streamFlapping')
  expect(saved(shipped, { flaps: '10' })).toEqual({ ok: true, value: { id: 'streamFlapping', flaps: 10 } })
  expect(saved(shipped, { flaps: '1000' })).toMatchObject({ ok: false, error: { flaps: { validationError: expect.any(Object) } } })
})

it('streams that should be there are said in a field of their own, and a change in percent', () => {
  const begun = (kind: string) => ({
    ...ruleEntries(null),
    ...ruleFields(null)
      .find(({ id }) => id === 'kind')
      ?.sets?.(kind),
    kind,
    id: 'mine',
  })
  const change = { ...begun('change'), side: 'fallsBy', limit: '30 %', withinSeconds: '1 min' }
  expect(readRule(change, null)).toMatchObject({ ok: true, value: { metric: 'path.bitrateIn', fallsBy: 30, withinSeconds: 60 } })
})

it.each(formKinds)('what is wrong with a new rule by %s stands at a field that is shown', (kind) => {
  const fields = ruleFields(null)
  const sets = fields.find(({ id }) => id === 'kind')?.sets?.(kind)
  for (const change of [{}, { id: 'mine' }, { id: 'mine', limit: 'x', clear: '-', withinSeconds: 'x', flaps: '0', hosts: '~(', worseLimit: '1' }]) {
    const entered: RuleEntries = { ...ruleEntries(null), kind, ...sets, ...change }
    const shown = fields.filter((field) => field.shown?.(entered) ?? true).map(({ id }): string => id)
    const read = readRule(entered, null)
    for (const id of read.ok ? [] : Object.keys(read.error)) expect(shown, JSON.stringify(read)).toContain(id)
  }
})
