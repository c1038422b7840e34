import { expect, test } from 'vitest'
import { reasonText } from '../../i18n/reasonText.ts'
import { type RuleInput, ruleCallSchema, shippedRuleIds } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { partOf, serverSubject } from '../../shared/subjectNames.ts'
import { type BaselinesNow, createBreaches, unusual } from './breaches.ts'
import { createRuleSet } from './ruleSet.ts'

const { live, stalled } = streamStateCodes
const friday = { weekday: 5, hour: 20, zone: 'Europe/Berlin' }
const tooEarly = 600_000

/** Streams that usually have 3.9 to 4.4 Mbit/s, except the one called `new`. */
function watching(...inputs: readonly RuleInput[]) {
  const rules = createRuleSet(() => ({ server: 'Berlin', host: null, tags: [] }))
  rules.configure([...shippedRuleIds.filter((id) => inputs.every((input) => input.id !== id)).map((id) => ({ id, enabled: false })), ...inputs])
  let [low, high] = [3_900_000, 4_400_000]
  const baseline: BaselinesNow = {
    rangesOf: (_, parts) => ({
      low: Float32Array.from(parts, (path) => (path === 'new' ? Number.NaN : low)),
      high: Float32Array.from(parts, (path) => (path === 'new' ? Number.NaN : high)),
    }),
    hourOf: () => ({ range: { low, high, weeks: 6 }, hour: friday }),
  }
  const finder = createBreaches(unusual(baseline), rules, () => true)
  const see = (at: number, figures: Readonly<Record<string, number>>, state: number = live) =>
    finder.addSamples?.({
      owner: serverSubject('berlin'),
      at,
      parts: Object.keys(figures),
      metrics: ['path.state', 'path.bitrateIn'],
      values: Float64Array.from(Object.values(figures).flatMap((mbit) => [state, mbit * 1_000_000])),
    })
  const said = () =>
    Array.from(
      finder.findings({ subject: serverSubject('berlin'), name: 'Berlin', isUp: true }),
      ({ subject, severity, why }) => `${partOf(subject)}, ${severity}: ${reasonText(why, 'en')}`,
    )
  return { see, said, learn: (from: number, to: number) => ([low, high] = [from * 1e6, to * 1e6]) }
}
/** From the first second to the last. */
const lasting = ({ see }: ReturnType<typeof watching>, figures: Readonly<Record<string, number>>, ms = tooEarly, from = 0) => {
  for (let at = from; at <= from + ms; at += 10_000) see(at, figures)
}

test('a bit rate off what is usual for ten minutes is a warning that says the range, the hour and the weeks', () => {
  const watched = watching({ id: 'bitrateUnusual' })
  lasting(watched, { cam: 2.1, other: 4.1, new: 0.1, loud: 9 }, tooEarly - 10_000)
  expect(watched.said()).toEqual([])
  watched.see(tooEarly, { cam: 2.5, other: 4.1, new: 0.1, loud: 9 })
  expect(watched.said()).toEqual([
    'cam, warning: Bitrate in: 2.10 Mbit/s. Usually 3.90–4.40 Mbit/s (Friday, 20 h, Europe/Berlin), from 6 weeks.',
    'loud, warning: Bitrate in: 9.00 Mbit/s. Usually 3.90–4.40 Mbit/s (Friday, 20 h, Europe/Berlin), from 6 weeks.',
  ])
})
test('is over once it is back in its range, and not before; what only nears its limit is nothing', () => {
  const watched = watching({ id: 'bitrateUnusual' })
  lasting(watched, { cam: 2.1, near: 2.9 })
  expect(watched.said()).toHaveLength(1)
  watched.see(620_000, { cam: 3.8, near: 2.9 })
  expect(watched.said()).toHaveLength(1)
  watched.see(630_000, { cam: 3.95, near: 2.9 })
  expect(watched.said()).toEqual([])
})
test('another range in the next hour, or none any more, is what it is judged by', () => {
  const watched = watching({ id: 'bitrateUnusual' })
  lasting(watched, { cam: 2.1 })
  watched.learn(2, 4.4)
  watched.see(620_000, { cam: 2.1 })
  expect(watched.said()).toEqual([])
  lasting(watched, { cam: 0.1 }, tooEarly, 700_000)
  expect(watched.said()).toHaveLength(1)
  watched.learn(Number.NaN, Number.NaN)
  lasting(watched, { cam: 0.1 }, 60_000, 1_310_000)
  expect(watched.said()).toEqual([])
})
test('counts while it is live', () => {
  const watched = watching({ id: 'bitrateUnusual' })
  for (let at = 0; at <= tooEarly; at += 10_000) watched.see(at, { cam: 0 }, stalled)
  expect(watched.said()).toEqual([])
})
test('a range that is wide by nature judges hardly anything, one that begins at 0 nothing', () => {
  const watched = watching({ id: 'bitrateUnusual' })
  watched.learn(1, 4)
  lasting(watched, { cam: 0.1, loud: 40 })
  expect(watched.said()).toEqual([])
  watched.learn(0, 4)
  lasting(watched, { cam: 0, loud: 400 }, tooEarly, 700_000)
  expect(watched.said()).toEqual([])
})
test('a rule of its own has a factor and a severity', () => {
  const rule = ruleCallSchema.parse({ id: 'tight', metric: 'path.bitrateIn', beyondUsual: 0.5, severity: 'major', onDelaySeconds: 0 })
  const watched = watching(rule)
  watched.see(0, { cam: 3.3, other: 4 })
  expect(watched.said()).toMatchObject([expect.stringMatching(/^cam, major: Bitrate in: 3.30 Mbit/)])
  const tightest = watching({ id: 'bitrateUnusual', beyondUsual: 0.1, onDelaySeconds: 0 })
  tightest.see(0, { cam: 3.8 })
  expect(tightest.said()).toMatchObject([expect.stringMatching(/: 3.80 Mbit/)])
  const wrong = (input: object) => ruleCallSchema.safeParse({ id: 'tight', ...input }).error?.issues.map(({ path }) => path.join('.'))
  expect(wrong({ metric: 'path.rtt', beyondUsual: 1 })).toEqual(['metric'])
  expect(wrong({ metric: 'path.bitrateIn', beyondUsual: 0 })).toEqual(['beyondUsual'])
  expect(wrong({ metric: 'path.bitrateIn', beyondUsual: 1, above: 3 })).toEqual(['above'])
})
