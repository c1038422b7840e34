import { sayIn } from '../../i18n/say.ts'
import type { PlanEncoding, PlanFormula, PlanSource } from '../planner.ts'
import { formatFixed, formatNumber, formatValue } from '../units.ts'
import type { Language } from './languages.ts'

/** How a figure of the planner was calculated, with its inputs. */
export function planFormulaText(formula: PlanFormula, language: Language): string {
  const say = sayIn(language)
  const number = (value: number) => formatNumber(value, 5, language)
  const mbit = (bps: number) => `${formatNumber(bps / 1e6, 2, language)} ${say('plan.mbit')}`
  const between = (from: string, to: string) => say('plan.range', { from, to })
  const range = (from: number, to: number) => between(number(from), number(to))
  const streamsOf = (n: number) => say('plan.streams', { n })
  const megabyte = (figure: string) => `${figure} ${say('plan.megabyte')}`
  const gigabytes = (from: number, to: number) => `${range(from, to)} ${say('plan.gigabyte')}`
  const guide = ({ full, fullStreams, rest }: PlanEncoding) =>
    say('plan.guideFor', {
      streams: [...(full > 0 ? [`${number(full)} × ${streamsOf(fullStreams)}`] : []), ...(rest > 0 ? [streamsOf(rest)] : [])].join(say('plan.and')),
    })
  switch (formula.kind) {
    case 'cores': {
      const { encoding, receivedBps, sentBps, least, most } = formula
      const share = (value: number, bps: number) => `${number(value)} × ${mbit(bps)}`
      const relay = `(${say('plan.received', { traffic: share(0.00136, receivedBps) })} + ${say('plan.sent', { traffic: `${range(0.00079, 0.0029)} × ${mbit(sentBps)}` })}) / ${number(0.7)}`
      const all = encoding === null ? `${relay}, ${say('plan.leastOne')}` : `${range(...encoding.cores)} (${guide(encoding)}) + ${relay}`
      return `${all} = ${between(formatFixed(least, 2, language), formatFixed(most, 2, language))}`
    }
    case 'memory': {
      const { encoding, plainMachines, streams, bitrateBps, readers, least, most } = formula
      const parts = [
        ...(encoding === null ? [] : [`${gigabytes(...encoding.memoryGb)} (${guide(encoding)})`]),
        ...(plainMachines > 0
          ? [say('plan.system', { memory: `${number(plainMachines)} × ${gigabytes(1, 2)}`, context: encoding === null ? undefined : 'others' })]
          : []),
        `${megabyte('46')} + ${number(streams)} × (${megabyte('1')} + ${say('plan.second', { bitrate: mbit(bitrateBps) })}) + ${number(readers)} × ${megabyte(range(0.12, 1.6))}`,
      ]
      return `${parts.join(' + ')} = ${between(formatValue(least, 'bytes', language), formatValue(most, 'bytes', language))}`
    }
    case 'received':
      return `${streamsOf(formula.streams)} × ${mbit(formula.bitrateBps)} × ${number(1.1)} = ${mbit(formula.total)}`
    case 'sent':
      return `${say('plan.readers', { n: formula.readers })} × ${mbit(formula.bitrateBps)} × ${number(1.1)} = ${mbit(formula.total)}`
    case 'link':
      return say('plan.link', { fullest: mbit(formula.fullest), share: number(0.7), link: mbit(formula.link) })
    case 'encoding':
      return say('plan.encoding', { guide: guide(formula.encoding) })
    case 'notEncoded':
      return say('plan.notEncoded')
    case 'machines': {
      const { fullest, roomy, cores, mostCores, streams, encodedOnOne } = formula
      const encoded = streams === null ? null : `${streamsOf(streams)} / ${number(encodedOnOne)}`
      return say('plan.machines', {
        traffic: `${mbit(fullest)} / ${mbit(roomy)}`,
        cores: `${formatFixed(cores, 2, language)} / ${number(mostCores)}`,
        encoded,
        context: encoded === null ? undefined : 'encoding',
      })
    }
    default:
      return formula satisfies never
  }
}

/** Where figures of the planner come from. */
export function planSourceText(source: PlanSource, language: Language): string {
  return sayIn(language)(`plan.sources.${source}`)
}
