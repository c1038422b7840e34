import type { PlanEncoding, PlanFormula, PlanSource } from '../planner.ts'
import { formatFixed, formatNumber, formatValue } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './plan/de.ts'
import { en } from './plan/en.ts'
import { ko } from './plan/ko.ts'
import type { PlanWords } from './plan/planWords.ts'
import { ru } from './plan/ru.ts'
import { zh } from './plan/zh.ts'

const catalogues = catalogueOf<PlanWords>('plan', { en, de, zh, ru, ko })

/** How a figure of the planner was calculated, with its inputs. */
export function planFormulaText(formula: PlanFormula, language: Language): string {
  const words = catalogues[language]
  const number = (value: number) => formatNumber(value, 5, language)
  const mbit = (bps: number) => `${formatNumber(bps / 1e6, 2, language)} ${words.mbit}`
  const range = (from: number, to: number) => words.range(number(from), number(to))
  const gigabytes = (from: number, to: number) => formatted(words.range(number(from), number(to)), words.gigabyte)
  const guide = ({ full, fullStreams, rest }: PlanEncoding) =>
    words.guideFor([...(full > 0 ? [`${number(full)} × ${words.streams(fullStreams)}`] : []), ...(rest > 0 ? [words.streams(rest)] : [])].join(words.and))
  switch (formula.kind) {
    case 'cores': {
      const { encoding, receivedBps, sentBps, least, most } = formula
      const share = (value: number, bps: number) => `${number(value)} × ${mbit(bps)}`
      const relay = `(${words.received(share(0.00136, receivedBps))} + ${words.sent(`${range(0.00079, 0.0029)} × ${mbit(sentBps)}`)}) / ${number(0.7)}`
      const all = encoding === null ? `${relay}, ${words.leastOne}` : `${range(...encoding.cores)} (${guide(encoding)}) + ${relay}`
      return `${all} = ${words.range(formatFixed(least, 2, language), formatFixed(most, 2, language))}`
    }
    case 'memory': {
      const { encoding, plainMachines, streams, bitrateBps, readers, least, most } = formula
      const parts = [
        ...(encoding === null ? [] : [`${gigabytes(...encoding.memoryGb)} (${guide(encoding)})`]),
        ...(plainMachines > 0 ? [words.system(`${number(plainMachines)} × ${gigabytes(1, 2)}`, encoding !== null)] : []),
        `${formatted('46', words.megabyte)} + ${number(streams)} × (${formatted('1', words.megabyte)} + ${words.second(mbit(bitrateBps))}) + ${number(readers)} × ${formatted(range(0.12, 1.6), words.megabyte)}`,
      ]
      return `${parts.join(' + ')} = ${words.range(formatValue(least, 'bytes', language), formatValue(most, 'bytes', language))}`
    }
    case 'received':
      return `${words.streams(formula.streams)} × ${mbit(formula.bitrateBps)} × ${number(1.1)} = ${mbit(formula.total)}`
    case 'sent':
      return `${words.readers(formula.readers)} × ${mbit(formula.bitrateBps)} × ${number(1.1)} = ${mbit(formula.total)}`
    case 'link':
      return words.link(mbit(formula.fullest), number(0.7), mbit(formula.link))
    case 'encoding':
      return words.encoding(guide(formula.encoding))
    case 'notEncoded':
      return words.notEncoded
    case 'machines': {
      const { fullest, roomy, cores, mostCores, streams, encodedOnOne } = formula
      const encoded = streams === null ? null : `${words.streams(streams)} / ${number(encodedOnOne)}`
      return words.machines(`${mbit(fullest)} / ${mbit(roomy)}`, `${formatFixed(cores, 2, language)} / ${number(mostCores)}`, encoded)
    }
    default:
      return formula satisfies never
  }
}

const formatted = (number: string, unit: string) => `${number} ${unit}`

/** Where figures of the planner come from. */
export function planSourceText(source: PlanSource, language: Language): string {
  return catalogues[language].sources[source]
}
