import { describe, expect, it } from 'vitest'
import type { Baseline } from '../shared/baselines.ts'
import { languages } from './languages.ts'
import { baselineText } from './reasonText.ts'
import { expectSentence } from './words.fixture.ts'

const friday: Baseline['now'] = {
  weekday: 5,
  hour: 20,
  zone: 'Europe/Berlin',
  range: { low: 3_900_000, high: 4_400_000, weeks: 6 },
  weeks: 6,
  needed: 4,
  forgotten: null,
}
const young: Baseline['now'] = { ...friday, range: null, weeks: 2, forgotten: Date.UTC(2026, 10, 14, 3) }
const text = (now: Baseline['now']) => (language: (typeof languages)[number]) => baselineText({ metric: 'path.bitrateIn', now }, language)

describe.each(languages)('what is usual, in %s', (language) => {
  it('has the range, the hour with its zone, and the weeks', () => {
    expectSentence('usual', text(friday), language, {})
    expect(text(friday)(language)).toMatch(/3[.,]90–4[.,]40/)
    expect(text(friday)(language)).toContain('20')
    expect(text(friday)(language)).toContain('Europe/Berlin')
    expect(text(friday)(language)).toContain('6')
  })
  it('or says how many weeks there are of those it needs, and since when they count', () => {
    expectSentence('young', text(young), language, {})
    for (const number of ['2', '4', '14']) expect(text(young)(language)).toContain(number)
  })
  it('says that the stream changed', () => {
    const said = text({ ...friday, forgotten: 0 })(language)
    expect(said.length).toBeGreaterThan(text(friday)(language).length)
  })
})

it('reads as an operator says it', () => {
  expect(text(friday)('en')).toBe('Usually 3.90–4.40 Mbit/s (Friday, 20 h, Europe/Berlin), from 6 weeks.')
  expect(text(young)('en')).toBe(
    'The baseline (Friday, 20 h, Europe/Berlin) is not known yet: 2 of 4 weeks. Learning again since 14 Nov 2026, 03:00:00 UTC, when the stream changed.',
  )
})
