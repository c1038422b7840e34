import { columnVisibilityFeature, createColumnHelper, tableFeatures } from '@tanstack/react-table'
import type { ReactNode } from 'react'
import type { Unit } from '../../shared/metrics.ts'
import type { StreamState } from '../../shared/streams.ts'
import { formatDuration, unknownMark, writeValue } from '../../shared/units.ts'
import type { StreamRow } from '../app/fleetState.ts'
import { OursInOut } from '../app/OursInOut.tsx'
import { markOfStream } from '../app/StateMark.tsx'
import { standsSince } from '../app/silence.ts'
import type { ColumnSize } from '../ui/fitColumns.ts'
import { Mark } from '../ui/Mark.tsx'
import { Sparkline } from '../ui/Sparkline.tsx'
import { codecWords, isPulled, protocolName, sizeWords } from './streamRow.ts'
import type { SortKey } from './streamSort.ts'

/** What a cell needs beside its row. */
export interface CellContext {
  readonly now: number
  readonly stale: boolean
  readonly link: string
  readonly stateWords: Readonly<Record<StreamState, string>>
  readonly pulledWord: string
  readonly oursWord: (count: number) => string
  readonly lostReadersWord: (count: number) => string
  readonly offWord: (time: string) => string
  readonly noDataWord: (time: string) => string
  /** Last bitrates in of a stream: fills a buffer and says how many. */
  readonly bitrates: (slot: number, into: Float64Array) => number
}

export interface StreamColumn extends ColumnSize {
  readonly id: SortKey | 'spark'
  /** Shares in what is left, against the other columns that do. */
  readonly grows?: number
  readonly numeric?: boolean
  readonly cell: (row: StreamRow, context: CellContext) => ReactNode
}

/** A dash: hatched where it is not known, plain where there is nothing to know (no round trip on RTSP). */
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

/** Nobody can read what is gone: "0" would read as if nobody cared. */
const goneReaders = (row: StreamRow, lostWord: (count: number) => string): ReactNode =>
  row.facts.readersLost ? <span className="font-medium">{lostWord(row.facts.readersLost)}</span> : <span className="text-faint">{unknownMark}</span>

const buffer = new Float64Array(60)

/** All columns, in their order. Ranks: at 1280 pixels tracks and round trip are gone. */
export const streamColumns: readonly StreamColumn[] = [
  {
    id: 'state',
    width: 102,
    rank: 0,
    cell: (row, { stateWords }) => {
      const kind = markOfStream(row.facts.state, row.severity)
      return <Mark kind={kind} word={stateWords[row.facts.state]} quiet={kind === 'ok' || kind === 'idle'} />
    },
  },
  {
    id: 'name',
    width: 160,
    rank: 0,
    grows: 3,
    cell: (row, { link }) => (
      <a href={link} tabIndex={-1} className="font-medium hover:underline" title={row.facts.path}>
        {row.facts.path}
      </a>
    ),
  },
  {
    id: 'server',
    width: 116,
    rank: 3,
    grows: 1,
    cell: (row) => (
      <span className="text-muted" title={row.serverName}>
        {row.serverName}
      </span>
    ),
  },
  {
    id: 'source',
    width: 92,
    rank: 5,
    cell: (row, { pulledWord }) =>
      row.facts.sourceType === null ? (
        <span className="text-faint">{unknownMark}</span>
      ) : (
        <span title={row.facts.sourceType}>
          {protocolName(row.facts.sourceType)} {isPulled(row.facts.sourceType) && <span className="text-faint">{pulledWord}</span>}
        </span>
      ),
  },
  {
    id: 'size',
    width: 206,
    rank: 10,
    cell: (row) => {
      const size = sizeWords(row.facts.width, row.facts.height)
      const codecs = codecWords(row.facts.tracks)
      return codecs || size ? (
        <span title={codecs}>
          <span className="text-muted">{codecs}</span> {size && <span className="text-faint">{size}</span>}
        </span>
      ) : (
        <span className="text-faint">{unknownMark}</span>
      )
    },
  },
  { id: 'bitrateIn', width: 94, rank: 1, numeric: true, cell: (row) => figure(row, row.figures.bitrateInBps, 'bps') },
  {
    id: 'spark',
    width: 88,
    rank: 7,
    cell: (row, { bitrates }) => <Sparkline values={buffer.slice(0, bitrates(row.slot, buffer))} width={78} height={22} />,
  },
  {
    id: 'bitrateOut',
    width: 94,
    rank: 4,
    numeric: true,
    cell: (row) => (
      <>
        {row.figures.bitrateOutBps !== null && <OursInOut rows={[row]} />}
        {figure(row, row.figures.bitrateOutBps, 'bps')}
      </>
    ),
  },
  {
    id: 'readers',
    width: 84,
    rank: 2,
    numeric: true,
    cell: (row, { oursWord, lostReadersWord }) => (
      <>
        {row.facts.state === 'gone' || row.facts.state === 'ended' ? goneReaders(row, lostReadersWord) : figure(row, row.figures.readers, 'count')}
        {row.facts.hlsViewersUnknown && <span className="ml-1 text-sm text-faint">+ HLS</span>}
        {row.figures.ownReaders > 0 && <span className="ml-1 text-sm text-faint">{oursWord(row.figures.ownReaders)}</span>}
      </>
    ),
  },
  {
    id: 'lost',
    width: 60,
    rank: 4,
    numeric: true,
    cell: (row) => figure(row, row.figures.lostLastMinute, 'count', (row.figures.lostLastMinute ?? 0) > 0 ? 'font-semibold text-major' : ''),
  },
  { id: 'rtt', width: 84, rank: 8, numeric: true, cell: (row) => figure(row, row.figures.rttMs, 'ms') },
  {
    id: 'uptime',
    width: 158,
    rank: 6,
    numeric: true,
    cell: (row, { now, offWord, noDataWord }) =>
      row.facts.state === 'gone' || row.facts.state === 'ended' ? (
        <span className="text-muted">{offWord(formatDuration(Math.max(0, now - standsSince(row.facts))))}</span>
      ) : row.facts.outageSince !== null ? (
        <span className="text-muted">{noDataWord(formatDuration(Math.max(0, now - row.facts.outageSince)))}</span>
      ) : row.facts.upSince === null || row.facts.state === 'unknown' ? (
        dash(row)
      ) : (
        <span className="text-muted">{formatDuration(now - row.facts.upSince)}</span>
      ),
  },
  {
    id: 'age',
    width: 56,
    rank: 6.5,
    numeric: true,
    cell: (row, { now, stale }) =>
      row.figures.readAt === null ? dash(row) : <span className={stale ? 'font-medium text-unknown' : 'text-faint'}>{ageWords(now - row.figures.readAt)}</span>,
  },
]
/** Of an age the largest unit is enough: `12 min`, not `12 min 03 s`; what is new is still told by the second. */
const ageWords = (ms: number) => formatDuration(Math.max(0, ms)).split(' ').slice(0, 2).join(' ')

export const columnIds: readonly string[] = streamColumns.map((column) => column.id)

/** The column model of the table: which there are, in which order, which are shown. Rows go past it: 10,000 row objects a tick cost more than they give. */
export const features = tableFeatures({ columnVisibilityFeature })
const helper = createColumnHelper<typeof features, StreamRow>()
export const columnDefinitions = helper.columns(streamColumns.map((column) => helper.display({ id: column.id })))
export const columnById: ReadonlyMap<string, StreamColumn> = new Map(streamColumns.map((column) => [column.id, column]))
