import type { TFunction } from 'i18next'
import { type DailyCamera, type DailyReport, type DailyVerdict, dailyVerdicts } from '../../shared/dailyChecks.ts'
import { searchText, searchWords } from '../../shared/searchText.ts'
import { formatMoment, type TimeZoneChoice } from '../../shared/units.ts'
import { dailyCameraTexts } from '../../shared/words/dailyText.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { MarkKind } from '../ui/Mark.tsx'

/** What chips filter by: verdicts, and what is otherwise than before. */
export const dailyFilters = [...dailyVerdicts, 'newFault', 'mended', 'new'] as const
export type DailyFilter = (typeof dailyFilters)[number]

const passes = (camera: DailyCamera, filter: DailyFilter): boolean => camera.verdict === filter || camera.change === filter

/** The cameras that match the text and one of the filters. */
export function filterCameras(
  cameras: readonly DailyCamera[],
  { text, wanted }: { readonly text: string; readonly wanted: readonly DailyFilter[] },
  language: Language,
): readonly DailyCamera[] {
  const words = searchWords(text)
  const matches = (of: string) => words.every((word) => searchText(of).includes(word))
  return cameras.filter(
    (camera) =>
      (wanted.length === 0 || wanted.some((filter) => passes(camera, filter))) &&
      matches([camera.name, camera.place, ...dailyCameraTexts(camera, language)].join(' ')),
  )
}

export function countFilters(cameras: readonly DailyCamera[]): Readonly<Record<DailyFilter, number>> {
  return Object.fromEntries(dailyFilters.map((filter) => [filter, cameras.filter((camera) => passes(camera, filter)).length])) as Record<DailyFilter, number>
}

const marks: Readonly<Record<DailyVerdict, MarkKind>> = { fault: 'major', notChecked: 'unknown', gone: 'idle', ok: 'ok', waiting: 'idle' }
export function markOfCamera({ verdict }: Pick<DailyCamera, 'verdict'>): MarkKind {
  return marks[verdict]
}

/** 23 Nov, 06:00 · 3 faulty. */
export function reportWords({ plannedAt, state, counts, by }: DailyReport, zone: TimeZoneChoice, t: TFunction): string {
  const parts = [
    formatMoment(plannedAt, 'dayAndTime', zone),
    ...(state === 'done' ? [] : [t(`daily.state.${state}`)]),
    ...(by === null ? [] : [t('daily.byHand', { name: by })]),
    ...(counts.fault > 0 ? [`${counts.fault} ${t('daily.verdict.fault')}`] : []),
  ]
  return parts.join(' · ')
}
