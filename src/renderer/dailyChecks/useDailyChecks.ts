import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { dailyCameraTexts } from '../../i18n/dailyText.ts'
import type { Language } from '../../i18n/languages.ts'
import { type DailyCamera, type DailyReport, type DailyVerdict, dailyVerdicts, mostDailyCameras } from '../../shared/dailyChecks.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { formatMoment, type TimeZoneChoice } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import type { MarkKind } from '../ui/Mark.tsx'

/** How often they are read again, ms: while a check runs, and otherwise. */
const runningMs = 3_000
const idleMs = 15_000
/** Pictures of a report do not change. */
const pictureKeptMs = 300_000
const noReports: readonly DailyReport[] = []

/** When cameras are checked, and what is under way. */
export function useDailyStatus() {
  const live = useShownMoment() === null
  return useQuery({
    ...orpc.dailyChecks.status.queryOptions(),
    refetchInterval: ({ state }) => (live ? (state.data?.running ? runningMs : idleMs) : false),
  })
}

/** Reports up to the moment that the window shows, the newest first. */
export function useDailyReports(isRunning: boolean) {
  const at = useShownMoment()
  const query = useQuery({
    ...orpc.dailyChecks.list.queryOptions({ input: at === null ? {} : { until: at } }),
    refetchInterval: at === null ? (isRunning ? runningMs : idleMs) : false,
    placeholderData: keepPreviousData,
  })
  return {
    reports: query.data ?? noReports,
    known: query.data !== undefined,
    failed: query.isError && query.data === undefined ? failureText(query.error) : null,
  }
}

/** All cameras of a report, the worst first; undefined: not known yet. `failed`: why they are not. */
export function useDailyCameras(report: DailyReport | null): { readonly cameras: readonly DailyCamera[] | undefined; readonly failed: string | null } {
  const { data, error } = useQuery({
    queryKey: [...orpc.dailyChecks.get.key(), report?.id ?? 0, report?.state ?? ''],
    queryFn: async ({ signal }) => {
      const all: DailyCamera[] = []
      for (;;) {
        const { cameras, total } = await client.dailyChecks.get({ id: report?.id ?? 0, offset: all.length, limit: mostDailyCameras }, { signal })
        all.push(...cameras)
        if (cameras.length === 0 || all.length >= total) return all
      }
    },
    enabled: report !== null,
    // Many are read less often.
    refetchInterval: report?.state === 'running' ? Math.max(runningMs, report.counts.cameras * 5) : false,
  })
  return { cameras: data, failed: error !== null && data === undefined ? failureText(error) : null }
}

/** The picture of a camera, and the one of the report before; undefined: not known yet. */
export function useDailyPictures(report: number, { no, picture, before }: DailyCamera, wantsBefore: boolean) {
  const { data } = useQuery({
    ...orpc.dailyChecks.pictures.queryOptions({ input: { id: report, cameras: [no], before: wantsBefore } }),
    // One camera may get its picture while the report is made.
    queryKey: [...orpc.dailyChecks.pictures.key(), report, no, wantsBefore, picture?.at ?? null],
    enabled: picture !== null || (wantsBefore && before?.picture != null),
    staleTime: pictureKeptMs,
    gcTime: pictureKeptMs,
    retry: false,
  })
  return data?.[0]
}

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
  const words = searchTerms(text)
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
export function reportText({ plannedAt, state, counts, by }: DailyReport, zone: TimeZoneChoice, t: TFunction): string {
  const parts = [
    formatMoment(plannedAt, 'dayAndTime', zone),
    ...(state === 'done' ? [] : [t(`daily.state.${state}`)]),
    ...(by === null ? [] : [t('daily.byHand', { name: by })]),
    ...(counts.fault > 0 ? [`${counts.fault} ${t('daily.verdict.fault')}`] : []),
  ]
  return parts.join(' · ')
}
