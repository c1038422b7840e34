import type { TFunction } from 'i18next'
import type { RecordedPath, RecordingSums } from '../../shared/recordings.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDuration, formatMoment, formatSpan, formatValue, type TimeZoneChoice, unknownMark } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'

/** How much of what should be there is at least, 0 to 1; null: nothing should, or nothing is known of it. */
function coverageOf({ recordedMs, gapMs, unknownMs }: Pick<RecordingSums, 'recordedMs' | 'gapMs' | 'unknownMs'>): number | null {
  return recordedMs + gapMs === 0 ? null : recordedMs / (recordedMs + gapMs + unknownMs)
}
/** Worst first: most time missing, then what is not known, then by name as the engine sorts. */
export function worstRecordedFirst(paths: readonly RecordedPath[]): readonly RecordedPath[] {
  return paths.toSorted((a, b) => (b.sums?.gapMs ?? 0) - (a.sums?.gapMs ?? 0) || Number(b.sums === null) - Number(a.sums === null))
}

const Unknown = () => <span className="hatched rounded-sm px-1.5 text-faint">{unknownMark}</span>
const Nothing = () => <span className="text-faint">{unknownMark}</span>

function Covered({ sums }: { readonly sums: RecordingSums | null }) {
  if (sums === null) return <Unknown />
  const share = coverageOf(sums)
  if (share === null) return sums.unknownMs > 0 ? <Unknown /> : <Nothing />
  // Never said to be whole where something is missing or unknown: 99.97 % is not 100 %.
  return (
    <span className={sums.gapMs > 0 ? 'font-medium text-critical' : ''}>
      {sums.unknownMs > 0 && '≥ '}
      {formatValue(Math.floor(share * 100), 'percent')}{' '}
      <span
        aria-hidden="true"
        className={`relative -top-px inline-block h-1.5 w-10 overflow-hidden rounded-[2px] align-[1px] ${sums.gapMs > 0 ? 'bg-critical' : 'bg-line'}`}
      >
        <i className="block h-full bg-ok" style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  )
}

const time = (ms: number | null, className: string) =>
  ms === null ? <Unknown /> : ms === 0 ? <Nothing /> : <span className={className}>{formatDuration(ms)}</span>

export function recordingColumns(t: TFunction, zone: TimeZoneChoice): readonly Column<RecordedPath>[] {
  const duration = (
    id: 'missing' | 'recorded' | 'slate' | 'unknown',
    rank: number,
    of: (sums: RecordingSums) => number,
    className = '',
    tip?: string,
  ): Column<RecordedPath> =>
    figureColumn(id, t(`recordings.column.${id}`), ({ sums }) => (sums === null ? null : of(sums)), {
      ...(tip !== undefined && { tip }),
      rank,
      width: Math.max(100, widthOf(t(`recordings.column.${id}`))),
      write: (ms) => time(ms, className),
      csv: `${id}Ms`,
    })
  const moment = (id: 'oldest' | 'newest', rank: number): Column<RecordedPath> =>
    column(id, t(`recordings.column.${id}`), { rank, width: 135, numeric: true, value: (row) => row[id], csv: { [id]: (row) => isoOrNull(row[id]) } }, (row) =>
      row[id] === null ? <Nothing /> : formatMoment(row[id], 'dayAndTime', zone),
    )
  return [
    textColumn('path', t('pages.stream'), ({ path }) => path, { rank: 0, width: 150, share: 3, csv: 'path', className: '' }),
    textColumn('server', t('common.server'), ({ server }) => server, { rank: 2, width: 110, share: 1, csv: 'server' }),
    {
      id: 'covered',
      head: t('recordings.column.covered'),
      rank: 0,
      width: Math.max(125, widthOf(t('recordings.column.covered'))),
      numeric: true,
      largestFirst: false,
      value: ({ sums }) => sums && coverageOf(sums),
      cell: ({ sums }) => <Covered sums={sums} />,
    },
    figureColumn('gaps', t('recordings.column.gaps'), ({ sums }) => sums?.gaps ?? null, {
      rank: 1,
      width: Math.max(75, widthOf(t('recordings.column.gaps'))),
      write: (gaps) => (gaps === null ? <Unknown /> : gaps === 0 ? <Nothing /> : <span className="text-critical">{formatValue(gaps, 'count')}</span>),
      csv: 'gaps',
    }),
    duration('missing', 0, ({ gapMs }) => gapMs, 'font-medium text-critical', t('recordings.column.missingTip')),
    duration('recorded', 3, ({ recordedMs }) => recordedMs),
    duration('slate', 8, ({ slateMs }) => slateMs, 'text-slate'),
    duration('unknown', 7, ({ unknownMs }) => unknownMs, 'text-unknown', t('recordings.column.unknownTip')),
    {
      id: 'segments',
      head: t('recordings.column.segments'),
      rank: 6,
      width: Math.max(80, widthOf(t('recordings.column.segments'))),
      numeric: true,
      value: ({ segments }) => segments,
      cell: ({ segments, sums }) => (sums === null ? <Unknown /> : formatValue(segments, 'count')),
      csv: { segments: ({ segments, sums }) => (sums === null ? null : segments) },
    },
    moment('oldest', 5),
    moment('newest', 4),
    {
      id: 'kept',
      head: t('common.retention'),
      rank: 9,
      width: Math.max(90, widthOf(t('common.retention'), t('recordings.always'))),
      numeric: true,
      value: ({ plan }) => (plan?.deleteAfterMs === 0 ? Number.MAX_SAFE_INTEGER : (plan?.deleteAfterMs ?? null)),
      cell: ({ plan }) => keptText(plan?.deleteAfterMs ?? null),
      csv: { deletedAfterMs: ({ plan }) => plan?.deleteAfterMs ?? null },
    },
  ]
}

/** After which time a server deletes recordings; null: unknown. */
export function keptText(deleteAfterMs: number | null): string {
  return deleteAfterMs === null ? unknownMark : deleteAfterMs === 0 ? t('recordings.always') : formatSpan(deleteAfterMs)
}
