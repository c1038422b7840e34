import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Life, Lives, LivesInput, LivesOfStream } from '../../shared/lives.ts'
import { formatDateTime, formatDuration, formatValue, unknownMark } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { toStream } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { t, useInLanguage } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

type AskedLives = Partial<Omit<LivesInput, 'where'>> & { readonly where?: string[] }
const againMs = 15_000

export function useStreamLives(input: AskedLives) {
  return useQuery({
    ...orpc.streams.lives.queryOptions({ input }),
    ...(input.to === undefined && { refetchInterval: againMs }),
    placeholderData: keepPreviousData,
    retry: false,
  })
}

interface LifeRow extends Life {
  readonly of: LivesOfStream
}

interface StreamLivesProps {
  readonly query: ReturnType<typeof useStreamLives>
  /** Which streams are listed; left out: of one stream, which is not named in each row. */
  readonly isShown?: (stream: LivesOfStream) => boolean
}
/** When streams were created, active, watched and gone, or why that is not known; of one stream with a lane above. */
export function StreamLives({ query, isShown }: StreamLivesProps) {
  const { data } = query
  const columns = useInLanguage(() => columnsOf(isShown !== undefined))
  const rows = useMemo(
    () => (data?.streams ?? []).filter(isShown ?? (() => true)).flatMap((of) => of.lives.map((life): LifeRow => ({ ...life, of }))),
    [data, isShown],
  )
  if (data === undefined)
    return query.isError ? <EmptyState title={t('common.loadingFailed')}>{failureText(query.error)}</EmptyState> : <SkeletonRows rows={3} />
  if (rows.length === 0) return <p className="text-muted">{t('lives.none')}</p>
  return (
    <>
      {isShown === undefined && <LivesLane lives={data.streams[0]?.lives ?? []} from={data.from} to={data.to} />}
      {data.left > 0 && <p className="mb-2 flex-none text-sm text-unknown">{t('lives.left', { count: data.left })}</p>}
      <DataTable label={t('lives.title')} columns={columns} rows={rows} keyOf={keyOf} context={null} rowPx={isShown && 31} />
    </>
  )
}

const keyOf = ({ of, active, gone }: LifeRow) => `${of.serverId}/${of.path}/${active}/${gone}`

/** The lives of one stream on a line of time: hatched while it was created only, pale while it was on air, full from its first reader on. */
function LivesLane({ lives, from, to }: Pick<Lives, 'from' | 'to'> & { readonly lives: readonly Life[] }) {
  const share = (at: number) => (100 * (Math.min(to, Math.max(from, at)) - from)) / Math.max(1, to - from)
  const part = (since: number, until: number) => ({ left: `${share(since)}%`, width: `max(2px, ${share(until) - share(since)}%)` })
  return (
    <div className="mb-2.5 flex-none">
      <div role="img" aria-label={t('lives.lane', { count: lives.length })} className="relative h-4 overflow-hidden rounded-sm border border-line bg-bg">
        {lives.map(({ created, active, watched, watchedBefore, gone }) => {
          const readSince = watchedBefore ? from : watched
          const began = active ?? from
          const ended = gone ?? to
          return (
            <span key={began}>
              {created !== null && <span className="hatched absolute inset-y-0" style={part(created, began)} />}
              <span className="absolute inset-y-0 bg-accent/40" style={part(began, ended)} />
              {readSince !== null && <span className="absolute inset-y-1 bg-accent" style={part(readSince, ended)} />}
            </span>
          )
        })}
      </div>
      <div className="flex justify-between text-faint text-sm">
        <span>{formatDateTime(from)}</span>
        <span>{formatDateTime(to)}</span>
      </div>
    </div>
  )
}

/** Of a life that began before the period only what lies within it is added up. */
const atLeast = ({ active }: Life, text: string): string => (active === null && text !== unknownMark ? `≥ ${text}` : text)

function columnsOf(showsStream: boolean): readonly Column<LifeRow>[] {
  const time = (id: 'created' | 'active' | 'watched' | 'gone', rank: number, otherwise: (life: LifeRow) => string): Column<LifeRow> => ({
    id,
    head: t(`lives.${id}`),
    ...(id === 'watched' && { tip: t('lives.watchedTip') }),
    rank,
    width: 158,
    value: (life) => life[id],
    cell: (life) => {
      const at = life[id]
      if (at === null) return <span className="text-faint">{otherwise(life)}</span>
      return (
        <span title={id === 'gone' && life.goneUnseen ? t('lives.unseen') : undefined}>
          {id === 'gone' && life.goneUnseen && '≥ '}
          {formatDateTime(at)}
        </span>
      )
    },
  })
  const ofStream: readonly Column<LifeRow>[] = [
    column('stream', t('streams.column.name'), { rank: 0, width: 190, share: 3, value: ({ of }) => of.path }, ({ of }) => (
      <a href={`#${keepMoment(toStream(of.serverId, of.path))}`} className="font-medium hover:underline" title={of.path}>
        {of.path}
      </a>
    )),
    textColumn('server', t('common.server'), ({ of }) => of.server, { rank: 2.5, width: 110, share: 1 }),
  ]
  return [
    ...(showsStream ? ofStream : []),
    time('active', 0, () => t('lives.before')),
    time('gone', 0, () => t('lives.still')),
    column(
      'lasted',
      t('lives.lasted'),
      { rank: 1, width: widthOf(t('lives.lasted'), '≥ 00 d 00 h 00'), numeric: true, value: ({ durationMs }) => durationMs },
      (life) => atLeast(life, formatDuration(life.durationMs)),
    ),
    figureColumn('peak', t('lives.peak'), ({ peakReaders }) => peakReaders, { rank: 2, width: widthOf(t('lives.peak'), '0 000'), unit: 'count' }),
    time('watched', 3, ({ watchedBefore }) => (watchedBefore ? t('lives.before') : unknownMark)),
    {
      id: 'bytes',
      head: t('lives.bytes'),
      tip: t('lives.bytesTip'),
      rank: 4,
      width: widthOf(t('lives.bytes'), '≥ 000.0 MB'),
      numeric: true,
      value: ({ bytes }) => bytes,
      cell: (life) => atLeast(life, formatValue(life.bytes, 'bytes')),
    },
    time('created', 6, () => unknownMark),
  ]
}
