import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { sizingWhyText } from '../../i18n/sizingText.ts'
import type { Sizing } from '../../shared/sizing.ts'
import { formatDuration, formatFixed, formatValue, unknownMark } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toPlanner } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { dotted } from './hostCells.tsx'
import { untilText } from './hostFigures.ts'
import { UseBar } from './hostMarks.tsx'

const soonMs = 14 * 86_400_000

/** Cost of more streams and when something runs out, from this host's own history. */
export function SizingPanel({ hostId }: { readonly hostId: string }) {
  const now = useEngineNow()
  const query = useQuery({ ...orpc.hosts.sizing.queryOptions({ input: { id: hostId } }), refetchInterval: 300_000, staleTime: 60_000 })
  const sizing = query.data
  return (
    <Panel
      title={t('hosts.sizing')}
      hint={sizing === undefined || sizing.spanMs <= 0 ? undefined : t('hosts.sizingHint', { span: formatDuration(sizing.spanMs) })}
      className="flex-none"
    >
      <Loaded query={query} rows={4}>
        {({ why, perStream, limits }) => (
          <div className="flex flex-col gap-2">
            {why !== null && <p className="text-muted">{sizingWhyText(why, language)}</p>}
            {perStream !== null && (
              <p>
                <span className="text-faint">{t('hosts.perStream')}:</span> {perStreamText(perStream)}
              </p>
            )}
            {limits.length > 0 && (
              <DataTable label={t('hosts.sizing')} columns={limitColumns()} rows={limits} keyOf={({ what, name }) => `${what} ${name}`} context={now} />
            )}
            <Link to={toPlanner} className="self-start text-accent text-sm hover:underline">
              {t('hosts.toPlanner')}
            </Link>
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

const limitColumns = (): readonly Column<Sizing['limits'][number], number>[] => [
  column('what', t('common.name'), { rank: 0, width: 80, silent: true, share: 1 }, ({ what, name }) => (
    <>
      {t(`hosts.use.${what}`)} {what === 'network' && <span className="text-faint">{name}</span>}
    </>
  )),
  { id: 'used', head: t('hosts.used'), rank: 0, width: 112, cell: ({ usedPercent }) => <UseBar percent={usedPercent} /> },
  column('left', t('hosts.streamsLeft'), { rank: 0, width: widthOf(t('hosts.streamsLeft')), numeric: true }, ({ streamsLeft }) =>
    streamsLeft === null ? <span className="text-faint">{unknownMark}</span> : formatValue(Math.floor(streamsLeft), 'count'),
  ),
  column('runsOut', t('hosts.runsOut'), { rank: 0, width: 84, share: 1, wraps: true }, ({ runsOutAt, growthKnown }, now) => {
    const until = runsOutAt === null ? null : untilText(runsOutAt, now)
    return (
      <span className={runsOutAt === null ? 'text-faint' : runsOutAt - now < soonMs ? 'text-major' : 'text-muted'}>
        {!growthKnown ? t('common.noData') : until === null ? t('hosts.notWithinYear') : t('hosts.growthIn', { time: until })}
      </span>
    )
  }),
]

function perStreamText({ cpuPercent, memoryBytes, sentBps }: NonNullable<Sizing['perStream']>): string {
  return dotted(
    cpuPercent === null ? null : `${t('hosts.use.cpu')} ${formatFixed(cpuPercent, 2)} %`,
    memoryBytes === null ? null : formatValue(memoryBytes, 'bytes'),
    sentBps === null ? null : formatValue(sentBps, 'bps'),
  )
}
