import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { isPulled } from '../../i18n/media.ts'
import type { Unit } from '../../shared/metrics.ts'
import { type NameField, type Naming, sortOfField, timeOfField } from '../../shared/naming.ts'
import type { Severity } from '../../shared/severities.ts'
import { streamStates } from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, unknownMark, writeValue } from '../../shared/units.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { isStateQuiet, markOfStream, OursInOut } from '../fleet/StateMark.tsx'
import { standsSince } from '../fleet/silence.ts'
import { type Column, type CsvValue, widthOf } from '../ui/columns.ts'
import { Mark, markColor } from '../ui/Mark.tsx'
import { Sparkline } from '../ui/Sparkline.tsx'
import type { TagsOf } from './streamFilter.ts'
import { codecText, protocolName, sizeMessage } from './streamRow.ts'
import { troubleRank } from './streamSort.ts'

interface CellContext {
  /** Changes whenever fields of rows may have changed, because rows are mutable objects. */
  readonly tick: number
  readonly now: number
  /** The engine is not connected, so everything is outdated. */
  readonly gone: boolean
  readonly linkOf: (row: StreamRow) => string
  readonly tagsOf: TagsOf
  readonly missingReaders: (row: StreamRow) => Severity | null
  /** Writes the last incoming bit rates of a stream into a buffer and returns their number. */
  readonly bitrates: (slot: number, into: Float64Array) => number
}
export interface StreamColumn extends Column<StreamRow, CellContext> {
  readonly value?: (row: StreamRow) => CsvValue
}

export function isStale(row: StreamRow, { gone }: Pick<CellContext, 'gone'>): boolean {
  return gone || row.facts.state === 'unknown'
}

/** A dash: hatched for unknown, plain for not applicable (RTSP has no round trip). */
const dash = (row: StreamRow) => <span className={row.facts.state === 'unknown' ? 'hatched rounded-sm px-1.5 text-faint' : 'text-faint'}>{unknownMark}</span>
function figure(row: StreamRow, value: number | null, unit: Unit, className = ''): ReactNode {
  if (value === null) return dash(row)
  const { number, unit: name } = writeValue(value, unit)
  return (
    <span className={className}>
      {number}
      {name && <span className="ml-1 text-sm text-faint">{name}</span>}
    </span>
  )
}

const buffer = new Float64Array(60)

const recordingRank = { off: 0, on: 1, failing: 2 } as const
const rounded = (value: number | null) => (value === null ? null : Math.round(value))

/** All columns, in their order: those of fields of names behind state and name. */
export function streamColumns(t: TFunction, naming: Naming): readonly StreamColumn[] {
  return plainColumns(t).toSpliced(2, 0, ...naming.fields.map((field) => columnOfField(field, naming)))
}

/** A column of a field: its values as they stand in names, times as such. */
function columnOfField(field: NameField, { fieldsOf }: Naming): StreamColumn {
  const written = (row: StreamRow) => fieldsOf(row.facts.path)?.[field.name] ?? null
  const isTime = timeOfField(field.type, '1000000000') !== null
  return {
    id: `field:${field.name}`,
    head: field.name,
    value: (row) => {
      const value = written(row)
      return value === null ? null : sortOfField(field.type, value)
    },
    width: isTime ? 150 : 104,
    rank: 2.5,
    share: 1,
    ...(field.type === 'int' && { numeric: true }),
    cell: (row) => {
      const value = written(row)
      if (value === null) return <span className="text-faint">{unknownMark}</span>
      const at = timeOfField(field.type, value)
      return <span title={value}>{at === null || field.type === 'date' ? value : formatDateTime(at)}</span>
    },
    csv: { [`field_${field.name}`]: written },
  }
}

/** Ranks are chosen so that tracks and round trip are dropped at 1280 pixels. Texts are looked up once, not for each row every second. */
function plainColumns(t: TFunction): readonly StreamColumn[] {
  const stateText = Object.fromEntries(streamStates.map((state) => [state, t(`streamState.${state}`)]))
  const pulled = t('streams.pulled')
  return [
    {
      id: 'state',
      head: t('common.state'),
      value: troubleRank,
      width: 102,
      rank: 0,
      cell: (row) => {
        const kind = markOfStream(row.facts.state, row.severity)
        return <Mark kind={kind} word={stateText[row.facts.state]} quiet={isStateQuiet(row.facts.state, kind)} />
      },
      csv: { state: ({ facts }) => facts.state, since: ({ facts }) => isoOrNull(facts.stateSince) },
    },
    {
      id: 'name',
      head: t('streams.column.name'),
      value: ({ facts }) => facts.path,
      width: 160,
      rank: 0,
      share: 3,
      cell: (row, { linkOf }) => (
        <a href={linkOf(row)} tabIndex={-1} className="font-medium hover:underline" title={row.facts.path}>
          {row.facts.path}
        </a>
      ),
      csv: { name: ({ facts }) => facts.path },
    },
    {
      id: 'server',
      head: t('common.server'),
      value: ({ serverName }) => serverName,
      width: 116,
      rank: 3,
      share: 1,
      cell: ({ serverName }) => (
        <span className="text-muted" title={serverName}>
          {serverName}
        </span>
      ),
      csv: { server: ({ serverName }) => serverName, tags: ({ facts }, { tagsOf }) => tagsOf(facts.serverId).join(' ') },
    },
    {
      id: 'source',
      head: t('common.source'),
      value: ({ facts }) => facts.sourceType,
      width: 92,
      rank: 5,
      cell: ({ facts: { sourceType } }) =>
        sourceType === null ? (
          <span className="text-faint">{unknownMark}</span>
        ) : (
          <span title={sourceType}>
            {protocolName(sourceType)} {isPulled(sourceType) && <span className="text-faint">{pulled}</span>}
          </span>
        ),
      csv: { source_type: ({ facts }) => facts.sourceType, publisher: ({ facts }) => facts.publisher },
    },
    {
      id: 'size',
      head: t('streams.column.size'),
      value: ({ facts }) => (facts.width && facts.height ? facts.width * facts.height : null),
      width: 206,
      rank: 10,
      largestFirst: true,
      cell: ({ facts }) => {
        const size = sizeMessage(facts.width, facts.height)
        const codecs = codecText(facts.tracks)
        return codecs || size ? (
          <span title={codecs}>
            <span className="text-muted">{codecs}</span> {size && <span className="text-faint">{size}</span>}
          </span>
        ) : (
          <span className="text-faint">{unknownMark}</span>
        )
      },
      csv: { tracks: ({ facts }) => codecText(facts.tracks), width: ({ facts }) => facts.width, height: ({ facts }) => facts.height },
    },
    {
      id: 'bitrateIn',
      head: t('common.in'),
      value: ({ figures }) => figures.bitrateInBps,
      width: 94,
      rank: 1,
      numeric: true,
      cell: (row) => figure(row, row.figures.bitrateInBps, 'bps'),
      csv: { bitrate_in_bps: ({ figures }) => rounded(figures.bitrateInBps) },
    },
    {
      id: 'spark',
      head: t('streams.column.spark'),
      silent: true,
      width: 88,
      rank: 7,
      cell: (row, { bitrates }) => <Sparkline values={buffer.slice(0, bitrates(row.slot, buffer))} width={78} height={22} />,
    },
    {
      id: 'bitrateOut',
      head: t('common.out'),
      value: ({ figures }) => figures.bitrateOutBps,
      width: 94,
      rank: 4,
      numeric: true,
      cell: (row) => (
        <>
          {(row.figures.bitrateOutBps ?? 0) > 0 && <OursInOut rows={[row]} />}
          {figure(row, row.figures.bitrateOutBps, 'bps')}
        </>
      ),
      csv: { bitrate_out_bps: ({ figures }) => rounded(figures.bitrateOutBps) },
    },
    {
      id: 'readers',
      head: t('common.readers'),
      tip: t('streams.columnTip.readers'),
      value: ({ figures }) => figures.readers,
      width: widthOf(`000 ${t('common.ours', { count: 1 })}`),
      rank: 2,
      numeric: true,
      cell: (row, { missingReaders: missing }) => (
        <>
          {isOff(row) ? goneReaders(row, t) : readersCell(row, missing(row), t)}
          {row.facts.hlsViewersUnknown && <span className="ml-1 text-sm text-faint">+ HLS</span>}
          {row.figures.ownReaders > 0 && <span className="ml-1 text-sm text-faint">{t('common.ours', { count: row.figures.ownReaders })}</span>}
        </>
      ),
      csv: { readers: ({ figures }) => figures.readers, own_readers: ({ figures }) => figures.ownReaders },
    },
    {
      id: 'recording',
      head: t('streams.column.recording'),
      tip: t('streams.columnTip.recording'),
      value: ({ facts }) => (facts.recording === undefined ? null : recordingRank[facts.recording]),
      width: widthOf(t('streams.column.recording'), t('streams.recording.on')),
      rank: 5.5,
      cell: ({ facts: { recording } }) =>
        recording === undefined ? (
          <span className="hatched rounded-sm px-1.5 text-faint">{unknownMark}</span>
        ) : recording === 'failing' ? (
          <Mark kind="major" size={11} label={t('streams.recording.failing')} />
        ) : (
          <span className={recording === 'on' ? 'text-muted' : 'text-faint'}>{t(`streams.recording.${recording}`)}</span>
        ),
      csv: { recording: ({ facts }) => facts.recording ?? null },
    },
    {
      id: 'lost',
      head: t('common.lost'),
      tip: t('streams.columnTip.lost'),
      value: ({ figures }) => figures.lostLastMinute,
      width: 60,
      rank: 4,
      numeric: true,
      cell: (row) => figure(row, row.figures.lostLastMinute, 'count', (row.figures.lostLastMinute ?? 0) > 0 ? 'font-semibold text-major' : ''),
      csv: { lost_last_minute: ({ figures }) => figures.lostLastMinute },
    },
    {
      id: 'rtt',
      head: t('common.rtt'),
      tip: t('streams.columnTip.rtt'),
      value: ({ figures }) => figures.rttMs,
      width: 84,
      rank: 8,
      numeric: true,
      cell: (row) => figure(row, row.figures.rttMs, 'ms'),
      csv: { rtt_ms: ({ figures }) => figures.rttMs },
    },
    {
      id: 'uptime',
      head: t('streams.column.uptime'),
      value: ({ facts }) => facts.upSince && -facts.upSince,
      width: 158,
      rank: 6,
      numeric: true,
      cell: (row, { now }) => {
        const { outageSince, upSince, state } = row.facts
        const time = (since: number) => formatDuration(Math.max(0, now - since))
        if (isOff(row)) return <span className="text-muted">{t('streams.offFor', { time: time(standsSince(row.facts)) })}</span>
        if (outageSince !== null) return <span className="text-muted">{t('streams.noDataFor', { time: time(outageSince) })}</span>
        return upSince === null || state === 'unknown' ? dash(row) : <span className="text-muted">{formatDuration(now - upSince)}</span>
      },
      csv: { up_since: ({ facts }) => isoOrNull(facts.upSince) },
    },
    {
      id: 'age',
      head: t('streams.column.age'),
      tip: t('streams.columnTip.age'),
      value: ({ figures }) => figures.readAt && -figures.readAt,
      width: 56,
      rank: 6.5,
      numeric: true,
      cell: (row, { now, gone }) =>
        row.figures.readAt === null ? (
          dash(row)
        ) : (
          <span className={isStale(row, { gone }) ? 'font-medium text-unknown' : 'text-faint'}>{ageText(now - row.figures.readAt)}</span>
        ),
      csv: { read_at: ({ figures }) => isoOrNull(figures.readAt) },
    },
  ]
}

function readersCell(row: StreamRow, severity: Severity | null, t: TFunction): ReactNode {
  if (severity === null) return figure(row, row.figures.readers, 'count')
  return (
    <span className={`font-semibold ${markColor[severity]}`} title={t('streams.noReaders')}>
      <Mark kind={severity} size={10} label={t('streams.noReaders')} /> {writeValue(0, 'count').number}
    </span>
  )
}

const isOff = ({ facts }: StreamRow) => facts.state === 'gone' || facts.state === 'ended'
/** A stream that is gone cannot be read: "0" would look like a lack of interest. */
const goneReaders = ({ facts }: StreamRow, t: TFunction): ReactNode =>
  facts.readersLost ? (
    <span className="font-medium">{t('streams.lostReaders', { count: facts.readersLost })}</span>
  ) : (
    <span className="text-faint">{unknownMark}</span>
  )
/** An age in its largest unit: `12 min`, not `12 min 03 s`; below a minute in seconds. */
const ageText = (ms: number) => formatDuration(Math.max(0, ms)).split(' ').slice(0, 2).join(' ')
