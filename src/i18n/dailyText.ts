import type { DailyCamera, DailyDetails, DailyFault, DailyReport, DailySkip } from '../shared/dailyChecks.ts'
import { formatMoment } from '../shared/units.ts'
import { differenceText, gradeReasonText } from './gradeText.ts'
import type { Language } from './languages.ts'
import { pictureText } from './pictureText.ts'
import { sayIn } from './say.ts'

const mostNamed = 20

export function dailyFaultText(fault: DailyFault, language: Language): string {
  const say = sayIn(language)
  switch (fault.kind) {
    case 'noPicture':
      return pictureText(fault.why, language)
    case 'grade':
      return gradeReasonText(fault.reason, language).replace(/(?<![.。])$/, language === 'zh' ? '。' : '.')
    case 'contract':
      return say('dailyChecks.differs', { what: fault.differences.map((difference) => differenceText(difference, language)).join(', ') })
    case 'slate':
      return say('pictures.slate')
    default:
      return say('dailyChecks.faults.offAir', { ...fault, context: fault.since === null ? undefined : 'since' })
  }
}

export function dailySkipText(why: DailySkip, language: Language): string {
  if (why.kind === 'noTools') return pictureText(why.why, language)
  return sayIn(language)(why.kind === 'serverDown' ? 'reasons.serverDown' : `dailyChecks.skips.${why.kind}`, { ...why })
}

/** Why a camera is not OK, or was not checked: a sentence each. */
export function dailyCameraTexts({ faults, why }: Pick<DailyCamera, 'faults' | 'why'>, language: Language): string[] {
  return [...faults.map((fault) => dailyFaultText(fault, language)), ...(why === null ? [] : [dailySkipText(why, language)])]
}

const dayOf = ({ plannedAt }: Pick<DailyReport, 'plannedAt'>, language: Language) => formatMoment(plannedAt, 'minute', 'local', language)

export function dailyTitle(report: DailyReport, language: Language): string {
  const say = sayIn(language)
  const day = dayOf(report, language)
  if (report.state === 'missed') return say('dailyChecks.missed', { day })
  return say('dailyChecks.title', { ...report.counts, day, context: report.counts.fault === 0 ? undefined : 'faulty' })
}

/** What a message says of a report: the counts. */
export function dailySummary({ state, counts }: DailyReport, language: Language): string {
  const say = sayIn(language)
  if (state === 'missed') return say('dailyChecks.missedText')
  const summed = say('dailyChecks.summed', counts)
  return state === 'stopped' ? `${say('dailyChecks.stopped')} ${summed}` : summed
}

const nameOf = ({ place, name }: DailyCamera) => (place === '' ? name : `${place} · ${name}`)

/** A line for each faulty camera, and one each for those that were mended, are new, or are gone. */
export function dailyLines({ cameras }: DailyDetails, language: Language): string[] {
  const say = sayIn(language)
  const faulty = cameras.filter(({ verdict }) => verdict === 'fault')
  const named = (change: 'mended' | 'gone' | 'new') => {
    const names = cameras.filter((camera) => camera.change === change).map(nameOf)
    if (names.length === 0) return []
    const shown = names.length > mostNamed ? `${names.slice(0, mostNamed).join(', ')} … +${names.length - mostNamed}` : names.join(', ')
    return [say(`dailyChecks.${change}`, { names: shown })]
  }
  return [
    ...faulty.map((camera) => {
      const since =
        camera.change === 'stillFault' && camera.faultSince !== null ? say('dailyChecks.stillFault', { since: camera.faultSince }) : say('dailyChecks.newFault')
      return `${nameOf(camera)} (${since}): ${dailyCameraTexts(camera, language).join(' ')}`
    }),
    ...named('mended'),
    ...named('gone'),
    ...named('new'),
  ]
}
