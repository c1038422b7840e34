import type { TFunction } from 'i18next'
import { Bird, Pencil, RefreshCw } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { gradeReasonText } from '../../i18n/gradeText.ts'
import { metricLabel } from '../../i18n/metricText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import { metrics } from '../../shared/metrics.ts'
import type { Probe } from '../../shared/probes.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDuration, formatNumber, formatSpan, formatValue, unknownMark } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { useSortParam } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { May } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, type CsvValue, sortRows, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { column } from '../ui/plainColumns.tsx'
import { useHeldRows } from '../ui/useCalm.ts'
import {
  audioText,
  codecName,
  fpsText,
  isStaleProbe,
  markAt,
  nextReadText,
  type ProbeMetric,
  type ProbeValues,
  type ProbeView,
  reasonKey,
  sizeText,
  stabilityAt,
  verdictAt,
  verdicts,
  worstReasonAt,
} from './probeViews.ts'

/** Verdict of a probe, with the mark of the worst open alarm about it where that is worse. */
export function ProbeMark({ view, now, size = 11 }: { readonly view: ProbeView; readonly now: number; readonly size?: number }) {
  const { severity } = view.probe
  const verdict = verdictAt(view, now)
  const kind = markAt(view, now)
  const word = t(`probes.verdict.${verdict}`)
  const ofAlarm = !view.past && severity !== null && <span className="sr-only"> {t('probes.alarm', { severity: t(`severity.${severity}`) })}</span>
  return (
    <Mark
      kind={kind}
      size={size}
      word={
        <>
          {word}
          {ofAlarm}
        </>
      }
      quiet={kind === 'ok'}
    />
  )
}

const rowPx = 46

interface ProbesTableProps {
  readonly views: readonly ProbeView[]
  readonly openId: string | null
  readonly onOpen: (id: string) => void
  /** null: nothing can be done now. */
  readonly actions: RowActions | null
  /** Changes with the window's moment and filters, to release rows held under the pointer. */
  readonly occasion: string
}
interface RowActions {
  readonly onReadNow: (probe: Probe) => void
  readonly onEdit: (probe: Probe) => void
}
type Context = Pick<ProbesTableProps, 'openId' | 'actions'> & { readonly now: number }

export function ProbesTable({ views, openId, onOpen, actions, occasion }: ProbesTableProps) {
  const { t } = useTranslation()
  const now = useNow()
  const past = views[0]?.past ?? false
  const columns = useMemo(() => probeColumns(t, past), [t, past])
  const [sort, onSort] = useSortParam()
  const context = { now, openId, actions }
  // biome-ignore lint/correctness/useExhaustiveDependencies: no value to sort by depends on the context, which changes each second
  const sorted = useMemo(() => sortRows(views, columns, sort, context), [views, columns, sort])
  const { rows, hold } = useHeldRows(sorted, keyOf, `${occasion} ${JSON.stringify(sort)}`)
  return (
    <DataTable
      label={t('common.probes')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      context={context}
      rowPx={rowPx}
      sort={sort}
      onSort={onSort}
      onOpen={useCallback(({ probe }: ProbeView) => onOpen(probe.id), [onOpen])}
      hold={hold}
      rowClass={rowClass}
      span={(view, _, shown) => (isReadable(view) ? null : { from: firstFigure(shown), to: lastFigure(shown), cell: <Away view={view} now={now} /> })}
    />
  )
}

export function ProbesCsv({ views }: Pick<ProbesTableProps, 'views'>) {
  const [sort] = useSortParam()
  const columns = probeColumns(t, views[0]?.past ?? false).filter(({ id }) => id !== 'actions')
  const context = { now: 0, openId: null, actions: null }
  return <CsvButton name="probes" columns={columns} rows={views} sort={sort} context={context} />
}

const keyOf = ({ probe }: ProbeView) => probe.id
const rowClass = ({ probe }: ProbeView, { openId }: Context) => (probe.id === openId ? 'bg-accent-soft' : '')
const isReadable = ({ verdict, values, past }: ProbeView) => values !== null && (past || verdict === 'good' || verdict === 'fair' || verdict === 'poor')
const figureIds = ['answer', 'bitrate', 'fps', 'picture', 'gop', 'audio'] as const
const firstFigure = (shown: ReadonlySet<string>): string => figureIds.find((id) => shown.has(id)) ?? 'bitrate'
/** Why a stream can't be read needs more room than one column. */
const lastFigure = (shown: ReadonlySet<string>): string =>
  !shown.has('answer') && shown.has('read') ? 'read' : (figureIds.findLast((id) => shown.has(id)) ?? 'bitrate')

const Faint = ({ children }: { readonly children: React.ReactNode }) => <div className="truncate text-faint text-sm">{children}</div>

/** Explains missing figures: why it can't be read, for how long, and how old the last ones are. */
function Away({ view: { probe, verdict, values, past }, now }: { readonly view: ProbeView; readonly now: number }) {
  if (past && verdict === 'down') return t('probes.verdict.down')
  if (past) return <span className="hatched rounded-sm px-2 text-faint">{t('common.noData')}</span>
  const words = probe.why === null ? '' : pictureText(probe.why, language)
  return (
    <div className="min-w-0 pr-3">
      <div className="truncate" title={words}>
        {words || <span className="text-faint">{t(verdict === 'paused' ? 'probes.verdict.paused' : 'common.notReadYet')}</span>}
      </div>
      <Faint>
        {t('common.forTime', { time: formatDuration(now - probe.stateSince) })}
        {values !== null && probe.readAt !== null && ` · ${t('common.readAgeAgo', { age: formatDuration(now - probe.readAt) })}`}
      </Faint>
    </div>
  )
}

/** There is little room: 42 s, 3 min, 1.5 h. */
const formatWholeMinutes = (ms: number): string => (ms < 60_000 ? formatDuration(ms) : formatSpan(Math.floor(ms / 60_000) * 60_000))

/** State and grade, and what is worst: why the grade is not good, or in how much the stream is otherwise than agreed. */
function VerdictCell({ view, now }: { readonly view: ProbeView; readonly now: number }) {
  const reason = worstReasonAt(view, now)
  const { differences } = view.probe
  const words = reason !== null ? { short: gradeReasonText(reason, language, formatWholeMinutes), whole: gradeReasonText(reason, language) } : null
  const differs = differences.length > 0 && verdictAt(view, now) === 'good' && !view.past
  return (
    <div className="min-w-0 pr-2">
      <ProbeMark view={view} now={now} />
      {words !== null && (
        <Faint>
          <span title={words.whole}>{words.short}</span>
        </Faint>
      )}
      {words === null && differs && <Faint>{`${metricLabel('probe.differences', language)}: ${formatNumber(differences.length, 0)}`}</Faint>}
    </div>
  )
}

function ReadCell({ view, now }: { readonly view: ProbeView; readonly now: number }) {
  const { probe } = view
  const { readAt } = probe
  return (
    <>
      <div className={isStaleProbe(view, now) ? 'stale' : ''}>
        {readAt === null ? <span className="text-faint">{t('common.never')}</span> : t('common.ageAgo', { age: formatDuration(now - readAt) })}
      </div>
      <Faint>{nextReadText(probe, now)}</Faint>
    </>
  )
}

interface FigureColumn extends Pick<Column<never>, 'width' | 'share' | 'rank' | 'largestFirst'> {
  readonly id: (typeof figureIds)[number]
  readonly cell: (values: ProbeValues, view: ProbeView, t: TFunction) => React.ReactNode
  readonly sortedBy?: ProbeMetric
  readonly csv: Readonly<Record<string, ProbeMetric>>
}
const written = (values: ProbeValues, metric: ProbeMetric) => formatValue(values[metric] ?? null, metrics[metric].unit)
const figureColumns: readonly FigureColumn[] = [
  {
    id: 'answer',
    width: 86,
    share: 0.3,
    rank: 1,
    cell: (values, _, t) => {
      const delayMs = values['probe.canaryDelay'] ?? null
      return (
        <>
          {written(values, 'probe.answerMs')}
          <Faint>{delayMs === null ? '' : t('probes.canaries.late', { delay: formatValue(delayMs, 'ms') })}</Faint>
        </>
      )
    },
    sortedBy: 'probe.answerMs',
    largestFirst: true,
    csv: { answer_ms: 'probe.answerMs' },
  },
  {
    id: 'bitrate',
    width: 100,
    share: 0.4,
    rank: 0,
    cell: (values, _, t) => {
      const stability = stabilityAt(values)
      return (
        <>
          {written(values, 'probe.bitrate')}
          <Faint>{stability === null ? '' : <span className={stability === 'unstable' ? 'text-text' : ''}>{t(`probes.stability.${stability}`)}</span>}</Faint>
        </>
      )
    },
    sortedBy: 'probe.bitrate',
    largestFirst: true,
    csv: { bitrate_bps: 'probe.bitrate', variation_percent: 'probe.variation' },
  },
  {
    id: 'fps',
    width: 88,
    share: 0.3,
    rank: 2,
    cell: (values, _, t) => {
      const fps = values['probe.fps'] ?? null
      const declared = values['probe.declaredFps'] ?? null
      return (
        <>
          {fps === null ? unknownMark : fpsText(fps)}
          <Faint>{declared === null ? '' : t('probes.declared', { fps: fpsText(declared) })}</Faint>
        </>
      )
    },
    sortedBy: 'probe.fps',
    csv: { fps: 'probe.fps', declared_fps: 'probe.declaredFps' },
  },
  {
    id: 'picture',
    width: 110,
    share: 0.5,
    rank: 3,
    cell: (values, { probe, past }, t) => {
      const video = past ? null : (probe.reading?.video ?? null)
      return (
        <>
          {sizeText(values['probe.width'], values['probe.height']) || (past ? unknownMark : <span className="text-faint">{t('probes.noVideo')}</span>)}
          <Faint>{video === null ? '' : codecName(video.codec)}</Faint>
        </>
      )
    },
    csv: { width_px: 'probe.width', height_px: 'probe.height' },
  },
  {
    id: 'gop',
    width: 84,
    share: 0.3,
    rank: 4,
    cell: (values) => written(values, 'probe.gopMs'),
    sortedBy: 'probe.gopMs',
    largestFirst: true,
    csv: { gop_ms: 'probe.gopMs' },
  },
  {
    id: 'audio',
    width: 96,
    share: 0.5,
    rank: 5,
    cell: (_, { probe, past }, t) => {
      if (past) return unknownMark
      const audio = probe.reading?.audio ?? null
      if (audio === null) return <span className="text-faint">{t('probes.noAudio')}</span>
      return (
        <>
          {audioText(audio)}
          <Faint>{audio.layout ?? ''}</Faint>
        </>
      )
    },
    csv: { audio_channels: 'probe.audioChannels', audio_sample_rate: 'probe.audioSampleRate' },
  },
]

/** In the past there is nothing to do, and no reading has an age. */
function probeColumns(t: TFunction, past: boolean): readonly Column<ProbeView, Context>[] {
  const longAge = formatDuration(3_599_000)
  const columns: readonly Column<ProbeView, Context>[] = [
    {
      id: 'verdict',
      head: t('probes.column.verdict'),
      width: 40 + widthOf(t('probes.column.verdict'), ...verdicts.map((verdict) => t(`probes.verdict.${verdict}`))),
      rank: 0,
      share: 0.8,
      cell: (view, { now }) => <VerdictCell view={view} now={now} />,
      csv: {
        state: ({ verdict }) => verdict,
        reason: ({ probe, past }) => (past || probe.gradeReasons[0] === undefined ? null : reasonKey(probe.gradeReasons[0])),
        reason_lasted_ms: ({ probe, past }) => (!past && probe.gradeReasons[0]?.kind === 'content' ? probe.gradeReasons[0].lastedMs : null),
      },
    },
    {
      id: 'name',
      head: t('probes.column.name'),
      value: ({ probe }) => probe.name,
      width: 170,
      share: 4,
      rank: 0,
      cell: ({ probe }) => (
        <>
          <div className="truncate font-semibold" title={probe.name}>
            {probe.canary !== null && (
              <Bird role="img" aria-label={t('probes.canaries.mark')} size={13} className="mr-1 inline-block align-[-2px] text-muted" />
            )}
            {probe.name}
          </div>
          <Faint>
            <span title={probe.url}>{probe.url}</span>
          </Faint>
        </>
      ),
      csv: { probe: ({ probe }) => probe.name, address: ({ probe }) => probe.url },
    },
    {
      id: 'project',
      head: t('probes.column.project'),
      value: ({ probe }) => probe.project || null,
      width: 96,
      share: 0.4,
      rank: 2,
      cell: ({ probe }) => <span className="text-muted">{probe.project}</span>,
      csv: { project: ({ probe }) => probe.project },
    },
    ...figureColumns.map(
      ({ id, cell, sortedBy, csv, ...size }): Column<ProbeView, Context> => ({
        id,
        head: t(id === 'audio' ? 'stream.kind.audio' : `probes.column.${id}`),
        ...(sortedBy && { value: ({ values }) => values?.[sortedBy] ?? null }),
        ...size,
        cell: (view, { now }) => view.values && <div className={isStaleProbe(view, now) ? 'stale' : ''}>{cell(view.values, view, t)}</div>,
        csv: Object.fromEntries(Object.entries(csv).map(([name, metric]) => [name, ({ values }: ProbeView): CsvValue => values?.[metric] ?? null])),
      }),
    ),
    {
      id: 'read',
      head: t('probes.column.read'),
      value: ({ probe }) => probe.readAt,
      width: widthOf(
        t('probes.column.read'),
        t('probes.nextIn', { time: longAge }),
        t('common.ageAgo', { age: longAge }),
        t('probes.readingNow'),
        t('probes.due'),
      ),
      share: 0.2,
      rank: 1,
      cell: (view, { now }) => <ReadCell view={view} now={now} />,
      csv: { read_at: ({ probe }) => isoOrNull(probe.readAt) },
    },
  ]
  const actions: Column<ProbeView, Context> = column(
    'actions',
    t('probes.column.actions'),
    { rank: 0, width: 76, silent: true, numeric: true },
    ({ probe }, context) => context.actions && <Actions probe={probe} actions={context.actions} />,
  )
  return past ? columns.filter(({ id }) => id !== 'read') : [...columns, actions]
}

function Actions({ probe, actions: { onReadNow, onEdit } }: { readonly probe: Probe; readonly actions: RowActions }) {
  const { name } = probe
  return (
    <span className="inline-flex">
      {!probe.paused && (
        <May needs="operate">
          <Button look="quiet" label={`${t('common.readNow')}: ${name}`} onClick={() => onReadNow(probe)} icon={RefreshCw} />
        </May>
      )}
      {probe.origin === 'stored' && (
        <May needs="administer">
          <Button look="quiet" label={t('common.editName', { name })} onClick={() => onEdit(probe)} icon={Pencil} />
        </May>
      )}
    </span>
  )
}
