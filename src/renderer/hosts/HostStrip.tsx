import { Cpu, HardDrive, type LucideIcon, MemoryStick, Network } from 'lucide-react'
import { Link } from 'react-router'
import { sumKnown } from '../../shared/statistics.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { toHost } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { Losses } from './hostCells.tsx'
import { type HostView, isStaleHost, networksBusiestFirst, type Use, usesOf, worstUse } from './hostFigures.ts'
import { CoreStrip, HostStateMark, UseBar } from './hostMarks.tsx'
import { hostFailureText } from './useHosts.ts'

const nameOfUse = ({ kind, name }: Use) => `${t(`hosts.use.${kind}`)}${name === '' ? '' : ` ${name}`}`

export function HostStrip({ view }: { readonly view: HostView }) {
  const now = useNow()
  const { host, state, figures, past } = view
  const stale = isStaleHost(view, now)
  const [busiest] = networksBusiestFirst(figures?.networks ?? [])
  return (
    <Panel
      title={
        <Link to={toHost(host.id)} className="hover:underline">
          {`${t('common.host')} ${host.name}`}
        </Link>
      }
      hint={stale && figures !== null ? t('common.ageOld', { age: formatDuration(now - figures.at) }) : undefined}
      actions={<HostStateMark view={view} now={now} />}
      className="flex-none"
    >
      {/* A fingerprint is longer than the panel is wide. */}
      {state !== 'up' && !past && host.error !== null && <p className="mb-1.5 text-muted [overflow-wrap:anywhere]">{hostFailureText(host.error)}</p>}
      {figures === null ? (
        <p className="hatched rounded px-2 text-faint">{t('common.noData')}</p>
      ) : (
        <dl className={`grid grid-cols-[minmax(84px,auto)_minmax(0,1fr)] items-center gap-x-3.5 gap-y-[3px] ${stale ? 'stale' : ''}`}>
          {usesOf(figures).map((use) => (
            <div key={use.kind} className="contents">
              <dt className="max-w-[130px] truncate text-faint">{nameOfUse(use)}</dt>
              <dd className="flex min-w-0 flex-wrap items-center gap-x-2">
                <UseBar percent={use.percent} width={64} />
                {use.kind === 'cpu' && <CoreStrip cores={figures.perCorePercent} height={12} width={80} />}
                {use.kind === 'network' && busiest !== undefined && (
                  <span className="whitespace-nowrap text-faint">
                    ↓ {formatValue(busiest.receivedBps, 'bps')} ↑ {formatValue(busiest.sentBps, 'bps')}
                  </span>
                )}
                {use.kind === 'network' && (
                  <Losses errors={sumKnown(figures.networks.map(({ errors }) => errors))} drops={sumKnown(figures.networks.map(({ drops }) => drops))} />
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  )
}

const icons: { readonly [K in Use['kind']]: LucideIcon } = { cpu: Cpu, memory: MemoryStick, disk: HardDrive, network: Network }
function UseIcon({ kind }: { readonly kind: Use['kind'] }) {
  const Icon = icons[kind]
  return <Icon size={13} className="flex-none self-center text-faint" aria-hidden="true" />
}
const useColumn = 'w-[52px]'
export function HostCellHead() {
  return (
    <span className="inline-flex gap-2">
      {(['cpu', 'memory', 'disk', 'network'] as const).map((use) => (
        <span key={use} className={`${useColumn} truncate`}>
          {t(`hosts.use.${use}`)}
        </span>
      ))}
    </span>
  )
}

/** Cell in a table of servers: all four resources if wide, otherwise only the scarcest one. */
export function HostCell({ view, wide }: { readonly view: HostView; readonly wide: boolean }) {
  const now = useNow()
  const { host, state, figures } = view
  if (figures === null || state !== 'up')
    return (
      <Link to={toHost(host.id)} className="inline-flex max-w-full hover:underline">
        <HostStateMark view={view} now={now} size={11} />
      </Link>
    )
  const stale = isStaleHost(view, now)
  const worst = worstUse(figures)
  const uses = wide ? usesOf(figures) : worst === null ? [] : [worst]
  return (
    <Link to={toHost(host.id)} className={`inline-flex max-w-full items-baseline gap-2 hover:underline ${stale ? 'stale' : ''}`} title={host.name}>
      {uses.map((use) => (
        <span key={use.kind} className={`inline-flex items-baseline gap-1.5 ${wide ? useColumn : ''}`} title={nameOfUse(use)}>
          <span className="sr-only">
            {nameOfUse(use)} {formatValue(use.percent, 'percent')}
          </span>
          {!wide && <UseIcon kind={use.kind} />}
          <UseBar percent={use.percent} width={22} unitless />
        </span>
      ))}
    </Link>
  )
}
