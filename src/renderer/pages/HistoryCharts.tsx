import type { TFunction } from 'i18next'
import { X } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'react-router'
import type { Host } from '../../shared/hosts.ts'
import type { Probe } from '../../shared/probes.ts'
import type { Subject, SubjectOf } from '../../shared/subjectNames.ts'
import { deviceSubject, hostSubject, partOf, probeSubject, serverSubject } from '../../shared/subjectNames.ts'
import { fileNameOf } from '../app/actions.ts'
import { toHost, toProbe, toServer, toStream } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { fleet, pollIntervalMs, useFleetKnown, useFleetTick, useServers } from '../fleet/fleet.ts'
import { ChartStack } from '../history/ChartStack.tsx'
import type { Choice } from '../history/ChooseSubjects.tsx'
import { useCompare } from '../history/compare.ts'
import { type Lane, lanesOfHost, mediaPart, probeLanes, serverLanes, streamLanes, sumLanes } from '../history/lanes.ts'
import type { TimeRange } from '../history/timeRange.ts'
import { markOfHost } from '../hosts/hostMarks.tsx'
import { liveProbe, markOfVerdict } from '../probes/probeViews.ts'
import { useProbe } from '../probes/useProbes.ts'
import { Button } from '../ui/Button.tsx'
import type { Value } from '../ui/listeners.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { ownServerEvents, serverEvents } from './ofSubject.tsx'

interface ChartsProps {
  readonly range: TimeRange
  readonly onRange: (range: TimeRange) => void
  readonly onBack: () => void
  readonly cursor: Value<number | null>
}

/** All servers, so that the charts match the figures above. */
export function useSummed(): readonly SubjectOf<'server'>[] {
  const key = JSON.stringify(useServers().map(({ id }) => id))
  return useMemo(() => (JSON.parse(key) as string[]).map(serverSubject), [key])
}
export function SumHint({ summed }: { readonly summed: readonly SubjectOf<'server'>[] }) {
  useFleetTick()
  const count = summed.length
  // Like the figures above, sums exclude servers without known values.
  const known = summed.filter(({ serverId }) => (fleet.server(serverId)?.totals.bitrateInBps ?? null) !== null).length
  if (known === 0) return null
  return known < count ? t('timeline.sumOf', { known, count }) : t('timeline.sumAll', { count })
}
export function SumCharts({ summed, ...rest }: ChartsProps & { readonly summed: readonly SubjectOf<'server'>[] }) {
  const moment = useMoment()
  const known = useFleetKnown()
  const intervalMs = Math.max(2000, ...summed.map(({ serverId }) => intervalOf(serverId)))
  if (summed.length === 0)
    return known ? <p className="text-muted">{t(moment === null ? 'common.noServersYet' : 'past.nothingKept')}.</p> : <SkeletonRows rows={6} />
  return (
    <ChartStack
      {...rest}
      lanes={sumLanes}
      subjects={summed}
      intervalMs={intervalMs}
      fileName="fleet"
      nameOf={nameOf}
      eventKinds={serverEvents}
      withoutCompare
    />
  )
}

const nameOf = (serverId: string) => fleet.server(serverId)?.name ?? serverId
const intervalOf = (serverId: string) => pollIntervalMs(fleet.server(serverId))

const lanePx = 58
const comparedLanePx = 84

interface ChosenProps extends ChartsProps {
  readonly one: Subject
  /** null: no longer watched. */
  readonly host: Host | null
  readonly onRemove: () => void
}
export function ChosenCharts({ one, host, onRemove, ...rest }: ChosenProps) {
  useServers()
  const { compare } = useCompare()
  const lanes = useMemo(() => lanesOf(one), [one])
  const subjects = useMemo(() => [one.kind === 'device' ? hostSubject(one.hostId) : one], [one])
  const probe = useProbe(one.kind === 'probe' ? one.probeId : null)
  const { to, owner, part, intervalMs } =
    one.kind === 'probe'
      ? { to: toProbe(one.probeId), owner: probe?.name ?? one.probeId, part: null, intervalMs: (probe?.intervalSeconds ?? 30) * 1000 }
      : isOfHost(one)
        ? {
            to: toHost(one.hostId),
            owner: host?.name ?? one.hostId,
            part: one.kind === 'host' ? null : partText(t, one.device),
            intervalMs: (host?.intervalSeconds ?? 1) * 1000,
          }
        : {
            to: one.kind === 'server' ? toServer(one.serverId) : toStream(one.serverId, one.path),
            owner: nameOf(one.serverId),
            part: partOf(one),
            intervalMs: intervalOf(one.serverId),
          }
  const name = part ?? owner
  return (
    <div className="flex flex-1 flex-col" style={{ minHeight: Math.max(510, 160 + lanes.length * (compare === null ? lanePx : comparedLanePx)) }}>
      <div className="flex flex-none items-center gap-2">
        <h3 className="min-w-0 truncate font-semibold">
          <Link to={to} className="hover:underline">
            {name}
          </Link>
          {part !== null && <span className="font-normal text-faint"> · {owner}</span>}
        </h3>
        <Button look="quiet" label={t('common.removeName', { name })} onClick={onRemove} icon={X} />
      </div>
      <ChartStack
        {...rest}
        lanes={lanes}
        subjects={subjects}
        intervalMs={intervalMs}
        fileName={fileNameOf(owner, partOf(one) ?? '')}
        {...(one.kind === 'server' && { eventKinds: serverEvents })}
        {...(one.kind === 'stream' && { serverEventKinds: ownServerEvents })}
        withoutCompare
      />
    </div>
  )
}
const isOfHost = (one: Subject): one is SubjectOf<'host' | 'device'> => one.kind === 'host' || one.kind === 'device'
const lanesOf = (one: Subject): readonly Lane[] =>
  one.kind === 'probe' ? probeLanes : isOfHost(one) ? lanesOfHost(one) : one.kind === 'server' ? serverLanes : streamLanes

/** History has no list of names. */
const partsOf = (host: Host): readonly string[] => [
  ...(host.reading?.disks ?? []).map(({ mount }) => `disk:${mount}`),
  ...(host.reading?.networks ?? []).map(({ name }) => `net:${name}`),
  ...(host.reading?.gpus ?? []).map((_, place) => `gpu:${place}`),
  ...(host.reading?.mediaServer ? [mediaPart] : []),
]
function partText(t: TFunction, path: string): string {
  const name = path.slice(path.indexOf(':') + 1)
  if (path.startsWith('disk:')) return `${t('hosts.use.disk')} ${name}`
  if (path.startsWith('net:')) return `${t('hosts.use.network')} ${name}`
  return path === mediaPart ? t('hosts.charts.media') : `${t('hosts.charts.gpu')} ${name}`
}
export function hostChoices(t: TFunction, hosts: readonly Host[]): { readonly hosts: readonly Choice[]; readonly parts: readonly Choice[] } {
  return {
    hosts: hosts.map(({ id, name, state }) => ({ one: hostSubject(id), name, of: t('common.host'), kind: markOfHost(state) })),
    parts: hosts.flatMap((host) =>
      partsOf(host).map((path) => ({ one: deviceSubject(host.id, path), name: partText(t, path), of: host.name, kind: markOfHost(host.state) })),
    ),
  }
}

export function probeChoices(t: TFunction, probes: readonly Probe[]): readonly Choice[] {
  return probes.map((probe) => ({ one: probeSubject(probe.id), name: probe.name, of: t('common.probe'), kind: markOfVerdict(liveProbe(probe).verdict) }))
}
