import type { Sizing, SizingBasis, SizingCost, SizingWhy } from '../sizing.ts'
import { formatFixed, formatValue } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './sizing/de.ts'
import { en } from './sizing/en.ts'
import { ko } from './sizing/ko.ts'
import { ru } from './sizing/ru.ts'
import type { SizingWords } from './sizing/sizingWords.ts'
import { zh } from './sizing/zh.ts'
import { textOf } from './texts.ts'

const sizings = catalogueOf<SizingWords>('sizing', { en, de, zh, ru, ko }, ['why.*', '*', 'growth.*'])

const percentIn = (language: Language) => (value: number) => `${formatFixed(value, 2, language)} %`
const writerOf = (unit: SizingCost['unit'], language: Language) =>
  unit === 'percent' ? percentIn(language) : (value: number) => formatValue(value, unit, language)

/** Why the cost of a stream is unknown. */
export function sizingWhyText(why: SizingWhy, language: Language): string {
  return textOf(sizings[language].why, why)
}

/** "4.10 % + 0.50 % × stream (Theil–Sen, 480 moments, explains 93 %) = 0.50 % a stream". */
function costText({ unit, base, slope, load, loadOfStream, moments, explains, perStream }: SizingCost, language: Language): string {
  const words = sizings[language]
  const write = writerOf(unit, language)
  const usual =
    load === 'streams'
      ? ''
      : words.usual(load === 'traffic' ? formatValue(loadOfStream, 'bps', language) : words.readers(formatFixed(loadOfStream, 2, language)))
  return words.cost({
    line: `${write(base)} + ${write(slope)} × ${words.each[load]}${usual}`,
    moments: formatValue(moments, 'count', language),
    explains: formatValue(explains * 100, 'percent', language),
    perStream: write(perStream),
  })
}

/** The formulas for the cost of one more stream. */
export function perStreamText({ costs }: NonNullable<Sizing['perStream']>, language: Language): string {
  return costs.map(({ what, cost }) => sizings[language].costOf[what] + costText(cost, language)).join('; ')
}

/** How a limit was calculated. */
export function limitText(what: Sizing['limits'][number]['what'], basis: SizingBasis, language: Language): string {
  const words = sizings[language]
  if (basis.kind === 'disk') return words.disk(percentIn(language)(basis.usedPercent), formatValue(basis.sizeBytes, 'bytes', language))
  const write = writerOf(what === 'memory' ? 'bytes' : what === 'network' ? 'bps' : 'percent', language)
  const parts = [
    basis.total === null ? words.now(write(basis.now)) : words.nowOf(write(basis.now), write(basis.total)),
    words.limit(formatValue(basis.limitPercent, 'percent', language)),
  ].join(', ')
  return [parts, textOf(words.growth, basis.growth), ...(basis.cost === null ? [] : [words.oneStream(costText(basis.cost, language))])].join('; ')
}
