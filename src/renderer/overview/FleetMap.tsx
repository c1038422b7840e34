import { useCallback, useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { reasonText } from '../../i18n/reasonText.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { toStream } from '../app/links.ts'
import { type Draw, useCanvas } from '../app/useCanvas.ts'
import { language, t } from '../app/words.ts'
import { fleet, type StreamRow, standsSince, subscribeFleet, useEngineGone, useFacts, useFleetTick, useServers } from '../fleet/fleet.ts'
import { markOfServer, StreamStateMark } from '../fleet/StateMark.tsx'
import { textPx } from '../ui/columns.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { useSize } from '../ui/useSize.ts'
import { drawCell, drawFleetMap, type GroupLabel } from './drawFleetMap.ts'
import { type CellPointed, cellAt, cellPlace, layoutFleetMap, type MapLayout, type Step, stepFrom } from './layoutFleetMap.ts'
import { worstOfServer } from './worstOfServer.ts'

const legend = ['critical', 'major', 'minor', 'warning', 'ok', 'idle', 'unknown'] as const satisfies readonly MarkKind[]
const steps: Readonly<Record<string, Step>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'first', End: 'last' }

const nearby = [
  [-4, 0],
  [4, 0],
  [0, -4],
  [0, 4],
] as const

const labelLetterPx = 7
/** With the count or the mark beside the name. */
const labelAirPx = 28

/** One cell per stream, grouped by server. */
export function FleetMap({ className = '' }: { readonly className?: string }) {
  useFacts()
  return (
    <Panel className={className} title={t('overview.map')} actions={<Legend className="hidden gap-3 min-[1440px]:flex" />} bodyClassName="flex flex-col">
      <Legend className="mb-2 flex flex-none flex-wrap gap-x-3 max-[959px]:hidden min-[1440px]:hidden" />
      {fleet.rows().length === 0 ? <NoStreams /> : <MapCanvas />}
    </Panel>
  )
}

function Legend({ className }: { readonly className: string }) {
  const words: Readonly<Record<(typeof legend)[number], string>> = {
    critical: t('severity.critical'),
    major: t('severity.major'),
    minor: t('severity.minor'),
    warning: t('severity.warning'),
    ok: t('streamState.live'),
    idle: t('overview.legendWaiting'),
    unknown: t('streamState.unknown'),
  }
  return (
    <div className={`text-sm ${className}`} aria-hidden="true">
      {legend.map((kind) => (
        <span key={kind} className="inline-flex items-center gap-[5px] font-medium text-muted">
          <MapCell kind={kind} />
          {words[kind]}
        </span>
      ))}
    </div>
  )
}

function NoStreams() {
  useServers()
  const { neverSeen, serversUp } = fleet.figures()
  if (neverSeen.length === 0) return <EmptyState title={t('overview.mapEmpty')} />
  return (
    <EmptyState icon={<Mark kind="unknown" size={24} />} title={t('overview.mapUnknown')}>
      {serversUp > 0 ? t('overview.mapUnknownSome', { names: neverSeen.join(', ') }) : t('streams.noAnswerYet')}
    </EmptyState>
  )
}

function MapCell({ kind }: { readonly kind: MarkKind }) {
  const side = 11
  const draw = useCallback<Draw>(
    (g, token) => {
      g.clearRect(0, 0, side, side)
      drawCell(g, kind, side, token)
    },
    [kind],
  )
  return <canvas ref={useCanvas(side, side, draw)} className="flex-none" style={{ width: side, height: side }} />
}

/** Calls back when states, facts or membership change; the map does not show figures. */
function subscribeFacts(listener: () => void): () => void {
  let seen = fleet.factsVersion()
  return subscribeFleet(() => {
    if (fleet.factsVersion() === seen) return
    seen = fleet.factsVersion()
    listener()
  })
}

/** Positions of the cells. A server's streams have a fixed order, so cells stay in place while the fleet stays the same. */
function useMapLayout(width: number, height: number): { readonly layout: MapLayout; readonly states: string } {
  const servers = useServers()
  const shape = servers.map((server) => `${server.id} ${fleet.rowsOfServer(server.id).length}`).join('\n')
  // A server without streams shows its state only on its label.
  const states = servers.map(({ name, state, error }) => `${name} ${state} ${error?.kind}`).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; shape says when a server has more or fewer
  const layout = useMemo(
    () =>
      layoutFleetMap(
        width,
        height,
        fleet.servers().map(({ id }) => ({ id, count: fleet.rowsOfServer(id).length })),
        Math.max(0, ...fleet.servers().map(({ name }) => textPx(name, labelLetterPx) + labelAirPx)),
      ),
    [width, height, shape, states],
  )
  return { layout, states }
}

function labelOf(serverId: string): GroupLabel {
  const server = fleet.server(serverId)
  if (!server) return { name: '', kind: null, count: 0, isUnknown: false }
  const { name } = server
  const isUnknown = server.totals.streams === null
  if (server.state !== 'up' && server.state !== 'connecting')
    return { name, kind: markOfServer(server.state, fleet.severityOfServer(serverId)), count: 0, isUnknown }
  const { severity, count } = worstOfServer(fleet.rowsOfServer(serverId))
  return { name, kind: severity, count, isUnknown }
}

function rowAt(layout: MapLayout, place: CellPointed | null): StreamRow | undefined {
  const group = place && layout.groups[place.group]
  return group ? fleet.rowsOfServer(group.id)[place.index] : undefined
}

/** The cell under the pointer, which may be on a trouble mark larger than its cell. */
function cellMeant(layout: MapLayout, event: React.MouseEvent): CellPointed | null {
  const box = event.currentTarget.getBoundingClientRect()
  const [x, y] = [event.clientX - box.left, event.clientY - box.top]
  const exact = cellAt(layout, x, y)
  if (layout.cell >= 10 || rowAt(layout, exact)?.severity) return exact
  return nearby.map(([dx, dy]) => cellAt(layout, x + dx, y + dy)).find((near) => rowAt(layout, near)?.severity) ?? exact
}

/** The next or previous cell in trouble, wrapping around. */
function nextTrouble(layout: MapLayout, from: CellPointed | null, direction: 1 | -1): CellPointed | undefined {
  const order = layout.groups.flatMap((group, place) =>
    fleet.rowsOfServer(group.id).flatMap((row, index) => (row.severity === null ? [] : [{ group: place, index }])),
  )
  const here = from ?? { group: -1, index: -1 }
  const after = (a: CellPointed, b: CellPointed) => a.group > b.group || (a.group === b.group && a.index > b.index)
  return direction === 1 ? (order.find((place) => after(place, here)) ?? order[0]) : (order.findLast((place) => after(here, place)) ?? order.at(-1))
}

function usePointedCell(layout: MapLayout) {
  const navigate = useNavigate()
  const [pointed, setPointed] = useState<CellPointed | null>(null)
  const [byKey, setByKey] = useState(false)
  const row = rowAt(layout, pointed)
  const open = (place: CellPointed | null) => {
    const { facts } = rowAt(layout, place) ?? {}
    if (facts) void navigate(toStream(facts.serverId, facts.path))
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = steps[event.key]
    if (step) {
      const firstFull = layout.groups.findIndex((group) => group.count > 0)
      setPointed(pointed === null ? { group: Math.max(0, firstFull), index: 0 } : stepFrom(layout, pointed, step))
    } else if (event.key.toLowerCase() === 'n' && !event.ctrlKey && !event.metaKey)
      setPointed((before) => nextTrouble(layout, before, event.shiftKey ? -1 : 1) ?? before)
    else if (event.key === 'Enter') open(pointed)
    else if (event.key === 'Escape') setPointed(null)
    else return
    setByKey(true)
    event.preventDefault()
  }
  return {
    pointed,
    row,
    byKey,
    onKeyDown,
    onBlur: () => {
      setByKey(false)
      setPointed(null)
    },
    onMouse: {
      onMouseMove: (event: React.MouseEvent) => {
        const next = cellMeant(layout, event)
        setByKey(false)
        if (next?.group !== pointed?.group || next?.index !== pointed?.index) setPointed(next)
      },
      onMouseLeave: () => {
        if (!byKey) setPointed(null)
      },
      onClick: (event: React.MouseEvent) => open(cellMeant(layout, event)),
    },
  }
}

/** Summary of the map in a sentence, for screen readers. */
function useMapSummary(): string {
  useFacts()
  const servers = useServers()
  const { totals } = fleet.figures()
  return t('overview.mapSummary', {
    streams: formatValue(totals.streams, 'count'),
    servers: formatValue(servers.length, 'count'),
    live: formatValue(totals.live, 'count'),
    trouble: formatValue(fleet.rows().filter((each) => each.severity !== null).length, 'count'),
    unknown: formatValue(totals.unknown, 'count'),
  })
}

function MapCanvas() {
  const { ref, width, height } = useSize<HTMLDivElement>()
  const gone = useEngineGone()
  const { layout, states } = useMapLayout(width, height)
  const { pointed, row, byKey, onKeyDown, onBlur, onMouse } = usePointedCell(layout)
  const summary = useMapSummary()
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; states says when a label changes
  const draw = useCallback<Draw>(
    (g, read) => {
      g.clearRect(0, 0, width, height)
      const labels = layout.groups.map(({ id }) => labelOf(id))
      drawFleetMap(g, { layout, labels, rows: layout.groups.map(({ id }) => fleet.rowsOfServer(id)), token: read, pointed, stale: gone })
    },
    [layout, width, height, pointed, gone, states],
  )
  const canvas = useCanvas(width, height, draw, subscribeFacts)
  return (
    <div
      ref={ref}
      role="application"
      aria-label={summary}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move on it
      tabIndex={0}
      data-own-keys="true"
      onKeyDown={onKeyDown}
      onBlur={onBlur}
      className="relative min-h-[120px] w-full flex-1"
    >
      <canvas ref={canvas} className="absolute inset-0 h-full w-full" style={{ cursor: row ? 'pointer' : 'default' }} {...onMouse} />
      {pointed && row && <CellCard layout={layout} pointed={pointed} row={row} width={width} height={height} />}
      <span className="sr-only" aria-live="polite">
        {byKey && row
          ? t('overview.mapAt', {
              path: row.facts.path,
              server: row.serverName,
              state: [t(`streamState.${row.facts.state}`), ...(row.severity === null ? [] : [t(`severity.${row.severity}`)])].join(', '),
            })
          : ''}
      </span>
    </div>
  )
}

interface CellCardProps {
  readonly layout: MapLayout
  readonly pointed: CellPointed
  readonly row: StreamRow
  readonly width: number
  readonly height: number
}
/** Name and figures of the selected cell, shown beside the pointer, never under it. */
function CellCard({ layout, pointed, row, width, height }: CellCardProps) {
  const now = useNow()
  useFleetTick()
  const group = layout.groups[pointed.group]
  if (!group) return null
  const { x, y } = cellPlace(layout, group, pointed.index)
  const { facts, figures } = row
  const known = facts.state !== 'unknown'
  const left = x > width - 300
  const up = y > height - 130
  return (
    <div
      className="pointer-events-none absolute z-20 w-max max-w-[340px] rounded-md border border-line-strong bg-raised px-2.5 py-1.5 shadow-float"
      style={{ ...(left ? { right: width - x + 10 } : { left: x + layout.cell + 10 }), ...(up ? { bottom: height - y - layout.cell } : { top: y }) }}
    >
      <div className="flex items-baseline gap-2">
        <b className="min-w-0 truncate font-semibold">{facts.path}</b>
        <span className="flex-none text-faint">{row.serverName}</span>
      </div>
      <div className="flex items-center gap-2">
        <StreamStateMark state={facts.state} severity={row.severity} size={11} />
        <span className="text-muted">{formatDuration(now - standsSince(facts))}</span>
      </div>
      {facts.why !== null && <div className="text-muted">{reasonText(facts.why, language)}</div>}
      {known && (
        <div className="text-sm text-muted">
          {t('common.in')} {formatValue(figures.bitrateInBps, 'bps')} · {t('common.out')} {formatValue(figures.bitrateOutBps, 'bps')} ·{' '}
          {figures.readers === null ? t('overview.readersUnknown') : t('overview.readersHit', { count: figures.readers })}
        </div>
      )}
      <div className="text-sm text-faint">
        {figures.readAt === null ? t('common.neverRead') : t('common.readAgeAgo', { age: formatDuration(now - figures.readAt) })}
      </div>
    </div>
  )
}
