import type { DailyCamera, DailyDetails, DailyFault, DailyReport, DailySkip } from '../dailyChecks.ts'
import type { ContractDifference } from '../probeContracts.ts'
import { formatMoment } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import type { DailyWords } from './dailyChecks/dailyWords.ts'
import { de } from './dailyChecks/de.ts'
import { en } from './dailyChecks/en.ts'
import { ko } from './dailyChecks/ko.ts'
import { ru } from './dailyChecks/ru.ts'
import { zh } from './dailyChecks/zh.ts'
import { gradeReasonText } from './gradeText.ts'
import type { Language } from './languages.ts'
import { pictureText } from './pictureText.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<DailyWords>('dailyChecks', { en, de, zh, ru, ko }, ['faults.*', 'skips.*', 'summed'])

/** So many cameras are named in one line of a message. */
const mostNamed = 20

/** What is wrong with a camera. */
export function dailyFaultText(fault: DailyFault, language: Language): string {
  const words = catalogues[language]
  switch (fault.kind) {
    case 'noPicture':
      return pictureText(fault.why, language)
    case 'grade':
      return gradeReasonText(fault.reason, language).replace(/(?<![.。])$/, language === 'zh' ? '。' : '.')
    case 'contract':
      return words.differs(fault.differences.map((difference) => differenceText(difference, words)).join(', '))
    default:
      return textOf(words.faults, fault)
  }
}

function differenceText({ item, agreed, found }: ContractDifference, words: DailyWords): string {
  const range = typeof agreed === 'object' ? `${agreed.least}–${agreed.most}` : agreed
  return `${words.items[item]} ${found ?? words.nothing} (${range})`
}

/** Why a camera was not checked. */
export function dailySkipText(why: DailySkip, language: Language): string {
  return why.kind === 'noTools' ? pictureText(why.why, language) : textOf(catalogues[language].skips, why)
}

/** Why a camera is not OK, or was not checked: a sentence each. */
export function dailyCameraTexts({ faults, why }: Pick<DailyCamera, 'faults' | 'why'>, language: Language): string[] {
  return [...faults.map((fault) => dailyFaultText(fault, language)), ...(why === null ? [] : [dailySkipText(why, language)])]
}

const dayOf = ({ plannedAt }: Pick<DailyReport, 'plannedAt'>, language: Language) => formatMoment(plannedAt, 'minute', 'local', language)

export function dailyTitle(report: DailyReport, language: Language): string {
  const words = catalogues[language]
  return report.state === 'missed' ? words.missed(dayOf(report, language)) : words.title(dayOf(report, language), report.counts)
}

/** What a message says of a report: the counts. */
export function dailySummary({ state, counts }: DailyReport, language: Language): string {
  const words = catalogues[language]
  if (state === 'missed') return words.missedText
  return state === 'stopped' ? `${words.stopped} ${words.summed(counts)}` : words.summed(counts)
}

const nameOf = ({ place, name }: DailyCamera) => (place === '' ? name : `${place} · ${name}`)

/** A line for each faulty camera, and one each for those that were mended, are new, or are gone. */
export function dailyLines({ cameras }: DailyDetails, language: Language): string[] {
  const words = catalogues[language]
  const faulty = cameras.filter(({ verdict }) => verdict === 'fault')
  const named = (change: DailyCamera['change'], line: (names: string) => string) => {
    const names = cameras.filter((camera) => camera.change === change).map(nameOf)
    if (names.length === 0) return []
    return [line(names.length > mostNamed ? `${names.slice(0, mostNamed).join(', ')} … +${names.length - mostNamed}` : names.join(', '))]
  }
  return [
    ...faulty.map((camera) => {
      const since = camera.change === 'stillFault' && camera.faultSince !== null ? words.stillFault(camera.faultSince) : words.newFault
      return `${nameOf(camera)} (${since}): ${dailyCameraTexts(camera, language).join(' ')}`
    }),
    ...named('mended', words.mended),
    ...named('gone', words.gone),
    ...named('new', words.new),
  ]
}
