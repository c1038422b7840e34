import type { Host, HostReading, HostState } from '../../shared/hosts.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { sumKnown } from '../../shared/statistics.ts'
import { formatSpan } from '../../shared/units.ts'

/** A reading as shown on pages. The past has fewer figures: history does not store disk sizes. */
export interface HostFigures extends Omit<HostReading, 'disks' | 'mediaServer'> {
  readonly disks: readonly DiskFigures[]
  readonly mediaServer: MediaFigures | null
}
type PerhapsUnknown<Known, Key extends keyof Known> = Omit<Known, Key> & { readonly [K in Key]: Known[K] | null }
type MediaFigures = PerhapsUnknown<NonNullable<HostReading['mediaServer']>, 'pid' | 'restarts'>
export type DiskFigures = PerhapsUnknown<HostReading['disks'][number], 'sizeBytes' | 'freeBytes'>
export type NetworkFigures = HostReading['networks'][number]

export interface HostView {
  readonly host: Host
  /** unknown: it was not polled at that time. */
  readonly state: HostState | 'unknown'
  /** null: unknown. */
  readonly figures: HostFigures | null
  /** The view shows the past: nothing is live, and no actions are possible. */
  readonly past: boolean
}

/** A host now. If it cannot be read, its last figures are shown with their age. */
export function liveView(host: Host): HostView {
  return { host, state: host.state, figures: host.reading, past: false }
}

const hasOtherKey = ({ host, state }: HostView): boolean => state === 'waiting' && host.error?.kind === 'hostKeyChanged'

/** Age from which figures are stale: three missed readings. Slow figures, read every 30 s, don't count. */
export function staleHostMs(intervalSeconds: number): number {
  return Math.max(6000, intervalSeconds * 3000 + 2000)
}
export function isStaleHost({ host, figures, state, past }: HostView, now: number): boolean {
  return figures !== null && !past && (state !== 'up' || now - figures.at > staleHostMs(host.intervalSeconds))
}

/** State for the mark: a host whose readings stopped does not count as up because its last one was good. */
export function stateAt(view: HostView, now: number): HostView['state'] {
  return view.state === 'up' && isStaleHost(view, now) ? 'unknown' : view.state
}

/** Percentages above which a bar is orange and red. */
const tightPercent = 75
const fullPercent = 90

export function disksWorstFirst(disks: readonly DiskFigures[]): readonly DiskFigures[] {
  return [...disks].sort((a, b) => dangerOf(b) - dangerOf(a) || b.usedPercent - a.usedPercent || a.mount.localeCompare(b.mount))
}
/** Danger of a disk: a red one exceeds any forecast; otherwise the one that is full first. */
const dangerOf = (disk: DiskFigures): number => (disk.usedPercent > fullPercent ? Number.POSITIVE_INFINITY : disk.fullAt === null ? 0 : 1e15 / disk.fullAt)

/** Incoming plus outgoing rate; null: unknown. */
export function trafficOf({ receivedBps, sentBps }: NetworkFigures): number | null {
  return sumKnown([receivedBps, sentBps])
}
export function networksBusiestFirst(networks: readonly NetworkFigures[]): readonly NetworkFigures[] {
  return [...networks].sort(
    (a, b) => (b.usedPercent ?? -1) - (a.usedPercent ?? -1) || (trafficOf(b) ?? -1) - (trafficOf(a) ?? -1) || a.name.localeCompare(b.name),
  )
}

export function hottest(figures: HostFigures): { readonly name: string; readonly celsius: number } | null {
  return figures.temperaturesC.reduce<HostFigures['temperaturesC'][number] | null>((max, one) => (max === null || one.celsius > max.celsius ? one : max), null)
}

type UseKind = 'cpu' | 'memory' | 'disk' | 'network'
export interface Use {
  readonly kind: UseKind
  /** Mount or interface; '' for the whole machine. */
  readonly name: string
  readonly percent: number | null
}
/** Use of each limited resource, at its worst instance. */
export function usesOf(figures: HostFigures | null): readonly Use[] {
  const disk = figures && [...figures.disks].sort((a, b) => b.usedPercent - a.usedPercent)[0]
  const network = figures && networksBusiestFirst(figures.networks)[0]
  return [
    { kind: 'cpu', name: '', percent: figures?.cpuPercent ?? null },
    { kind: 'memory', name: '', percent: figures?.memoryPercent ?? null },
    { kind: 'disk', name: disk?.mount ?? '', percent: disk?.usedPercent ?? null },
    { kind: 'network', name: network?.name ?? '', percent: network?.usedPercent ?? null },
  ]
}
export function worstUse(figures: HostFigures | null): Use | null {
  return usesOf(figures).reduce<Use | null>(
    (worst, use) => (use.percent !== null && (worst === null || use.percent > (worst.percent ?? 0)) ? use : worst),
    null,
  )
}

const stateRank: Record<HostView['state'], number> = { waiting: 0, down: 1, connecting: 2, up: 3, unknown: 4, paused: 5 }
/** Sort level: 2 red, 1 orange, 0 otherwise, so that small changes do not reorder machines. */
const levelOf = (percent: number | null) => (percent === null ? 0 : percent > fullPercent ? 2 : percent > tightPercent ? 1 : 0)
const byName = (a: HostView, b: HostView) => a.host.name.localeCompare(b.host.name, undefined, { numeric: true })

/** Sorts by trouble: changed keys, then hosts that need an operator, then nearly full ones, then by name. */
export function orderHosts(views: readonly HostView[]): readonly HostView[] {
  const rank = new Map(
    views.map((view) => [
      view,
      (hasOtherKey(view) ? -10 : stateRank[view.state] * 10) - (view.state === 'up' ? levelOf(worstUse(view.figures)?.percent ?? null) : 0),
    ]),
  )
  return [...views].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || byName(a, b))
}

export function filterHosts(views: readonly HostView[], text: string, states: readonly HostView['state'][]): readonly HostView[] {
  const wanted = searchTerms(text)
  return views.filter(({ host, state, figures }) => {
    if (states.length > 0 && !states.includes(state)) return false
    const words = searchText([host.name, host.ssh ?? '', figures?.hostname ?? '', figures?.system ?? ''].join(' '))
    return wanted.every((word) => words.includes(word))
  })
}

/** Time until a moment, in hours or days; null: more than a year, too far to plan. */
export function untilText(at: number, now: number): string | null {
  const hours = Math.max(0, (at - now) / 3_600_000)
  if (hours > 24 * 365) return null
  return formatSpan((hours < 48 ? Math.max(1, Math.round(hours)) : Math.round(hours / 24) * 24) * 3_600_000)
}

export function hostsUnder(hosts: readonly Host[], serverId: string): readonly Host[] {
  return hosts.filter(({ serverIds }) => serverIds.includes(serverId))
}
export function hostOfServer(hosts: readonly Host[], serverId: string): Host | null {
  return hostsUnder(hosts, serverId)[0] ?? null
}
