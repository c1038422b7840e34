import { describe, expect, it } from 'vitest'
import { type SizingBasis, type SizingCost, type SizingGrowth, type SizingWhy, sizingSchema } from '../sizing.ts'
import { inWords } from './inWords.ts'
import { languages } from './languages.ts'
import { limitText, perStreamText, sizingWhyText } from './sizingText.ts'
import { expectSentence } from './words.fixture.ts'

const cost: SizingCost = { unit: 'percent', base: 4.1, load: 'streams', slope: 0.5, loadOfStream: 1, moments: 1_480, explains: 0.93, perStream: 0.5 }
const costs: readonly SizingCost[] = [
  cost,
  { ...cost, unit: 'bytes', base: 2e9, load: 'traffic', slope: 3e6, loadOfStream: 4_210_000, perStream: 12.6e6 },
  { ...cost, unit: 'bps', base: 2e6, load: 'readers', slope: 3e6, loadOfStream: 2.5, perStream: 7.5e6 },
]
/** One of each kind: the compiler asks for it. */
const whys: { readonly [K in SizingWhy['kind']]: Extract<SizingWhy, { kind: K }> } = {
  notTied: { kind: 'notTied' },
  noInterface: { kind: 'noInterface' },
  steady: { kind: 'steady' },
  needsData: { kind: 'needsData', minutes: 11 },
}
const growths: { readonly [K in SizingGrowth['kind']]: Extract<SizingGrowth, { kind: K }> } = {
  notKnown: { kind: 'notKnown', ms: 86_400_000 },
  none: { kind: 'none' },
  hardly: { kind: 'hardly' },
  grows: { kind: 'grows', percentADay: 2.345, spanMs: 400_000_000 },
}
const basis = (growth: SizingGrowth, some: Partial<Extract<SizingBasis, { kind: 'load' }>> = {}): SizingBasis => ({
  kind: 'load',
  now: 20,
  total: null,
  limitPercent: 90,
  growth,
  cost: null,
  ...some,
})

describe.each(languages)('the sizing of a host in %s', (language) => {
  it('says why it cannot tell, whatever the reason', () => {
    for (const why of Object.values(whys)) expectSentence(why.kind, (tag) => sizingWhyText(why, tag), language)
  })

  it('explains each limit and each cost', () => {
    for (const growth of Object.values(growths)) expectSentence(growth.kind, (tag) => limitText('cpu', basis(growth), tag), language)
    expectSentence('memory', (tag) => limitText('memory', basis(growths.none, { now: 4e9, total: 16e9, cost }), tag), language)
    expectSentence('disk', (tag) => limitText('disk', { kind: 'disk', usedPercent: 61.5, sizeBytes: 500e9 }, tag), language)
    for (const one of costs) {
      const perStream = { cpuPercent: null, memoryBytes: null, sentBps: null, costs: [{ what: 'memory' as const, cost: one }] }
      expectSentence(one.load, (tag) => perStreamText(perStream, tag), language)
    }
  })
})

it('figures are written as the language writes them', () => {
  const text = (language: 'en' | 'de') => limitText('cpu', basis(growths.grows, { cost }), language)
  expect(text('en')).toBe(
    '20.00 % now, limit 90 %; grows by 2.35 % of that a day (Theil–Sen over 4 d 15 h); one stream: 4.10 % + 0.50 % × stream (Theil–Sen, 1,480 moments, explains 93 %) = 0.50 % a stream',
  )
  expect(text('de')).toBe(
    'jetzt 20,00 %, Grenze 90 %; wächst täglich um 2,35 % davon (Theil–Sen über 4 d 15 h); ein Stream: 4,10 % + 0,50 % × Stream (Theil–Sen, 1.480 Zeitpunkte, erklärt 93 %) = 0,50 % je Stream',
  )
  expect(sizingWhyText({ kind: 'needsData', minutes: 11 }, 'en')).toBe('Needs 11 more minutes of data from the host and its server.')
})

it('REST sends the sentences beside what they are made of', () => {
  const sizing = { hostId: 'host-a', spanMs: 60_000, why: whys.needsData, perStream: null, limits: [] }
  expect(inWords(sizingSchema, sizing, 'de')).toEqual({ ...sizing, words: 'Es fehlen noch 11 Minuten mit Daten von Rechner und Server.' })
})
