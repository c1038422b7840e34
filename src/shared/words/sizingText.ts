import { sayIn } from '../../i18n/say.ts'
import type { Sizing, SizingBasis, SizingCost, SizingWhy } from '../sizing.ts'
import { formatFixed, formatValue } from '../units.ts'
import type { Language } from './languages.ts'

const percentIn = (language: Language) => (value: number) => `${formatFixed(value, 2, language)} %`
const writerOf = (unit: SizingCost['unit'], language: Language) =>
  unit === 'percent' ? percentIn(language) : (value: number) => formatValue(value, unit, language)

/** Why the cost of a stream is unknown. */
export function sizingWhyText(why: SizingWhy, language: Language): string {
  return sayIn(language)(`sizing.why.${why.kind}`, { ...why })
}

/** "4.10 % + 0.50 % × stream (Theil–Sen, 480 moments, explains 93 %) = 0.50 % a stream". */
function costText({ unit, base, slope, load, loadOfStream, moments, explains, perStream }: SizingCost, language: Language): string {
  const say = sayIn(language)
  const write = writerOf(unit, language)
  const usual =
    load === 'streams'
      ? ''
      : say('sizing.usual', {
          load: load === 'traffic' ? formatValue(loadOfStream, 'bps', language) : say('sizing.readers', { figure: formatFixed(loadOfStream, 2, language) }),
        })
  return say('sizing.cost', {
    line: `${write(base)} + ${write(slope)} × ${say(`sizing.each.${load}`)}${usual}`,
    moments: formatValue(moments, 'count', language),
    explains: formatValue(explains * 100, 'percent', language),
    perStream: write(perStream),
  })
}

/** The formulas for the cost of one more stream. */
export function perStreamText({ costs }: NonNullable<Sizing['perStream']>, language: Language): string {
  return costs.map(({ what, cost }) => sayIn(language)(`sizing.costOf.${what}`) + costText(cost, language)).join('; ')
}

/** How a limit was calculated. */
export function limitText(what: Sizing['limits'][number]['what'], basis: SizingBasis, language: Language): string {
  const say = sayIn(language)
  if (basis.kind === 'disk') return say('sizing.disk', { used: percentIn(language)(basis.usedPercent), size: formatValue(basis.sizeBytes, 'bytes', language) })
  const write = writerOf(what === 'memory' ? 'bytes' : what === 'network' ? 'bps' : 'percent', language)
  const parts = [
    basis.total === null ? say('sizing.now', { value: write(basis.now) }) : say('sizing.nowOf', { value: write(basis.now), total: write(basis.total) }),
    say('sizing.limit', { percent: formatValue(basis.limitPercent, 'percent', language) }),
  ].join(', ')
  const { growth } = basis
  const grows = say(`sizing.growth.${growth.kind}`, { ...growth, percent: growth.kind === 'grows' ? formatFixed(growth.percentADay, 2, language) : null })
  return [parts, grows, ...(basis.cost === null ? [] : [say('sizing.oneStream', { cost: costText(basis.cost, language) })])].join('; ')
}
