import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import type { Incident } from '../../shared/incidents.ts'
import { streamKey, streamsOfWall, type Wall, type WallStream } from '../../shared/walls.ts'
import { orpc } from '../app/client.ts'
import { language, t } from '../app/words.ts'
import { fleet, type StreamRow, useAlarms, useFacts, useFleetTick, useServers, useShownMoment } from '../fleet/fleet.ts'
import { incidentCard, seenText, streamOnAir } from '../fleet/incidentCard.ts'
import { penaltyOrder } from '../fleet/openAlarms.ts'
import { useRules } from '../fleet/useRules.ts'
import { useHold } from '../ui/useCalm.ts'
import { alarmsByStream, streamTile, type TileView, type Worded } from './tileViews.ts'

export interface DrawnTile {
  readonly view: TileView
  /** undefined: the tile is not of a stream that currently exists. */
  readonly row: StreamRow | undefined
  /** null: the tile is of a stream. */
  readonly incident: Incident | null
  /** The incident is over; its tile is only kept while the pointer holds the tiles in place. */
  readonly over: boolean
}
/** How often to request which streams probes read, ms; this only changes with the addresses of probes. */
const probedEveryMs = 30_000
const none: ReadonlyMap<string, WallStream> = new Map()

/** The streams that probes read, by probe id; only requested if `wanted`, which is set while a probe has an alarm. */
function useProbed(wanted: boolean): ReadonlyMap<string, WallStream> {
  const { data } = useQuery({ ...orpc.probes.streams.queryOptions(), enabled: wanted, refetchInterval: probedEveryMs, retry: false })
  return useMemo(() => (data === undefined ? none : new Map(data.map(({ probeId, serverId, path }) => [probeId, { serverId, path }]))), [data])
}

const rowOf = ({ serverId, path }: WallStream) => fleet.rowByPath(serverId, path)

/** The tiles of a wall at the moment that the window shows. `draft`: its streams while the user arranges them; null: the stored ones. */
export function useWallTiles(wall: Wall | undefined, draft: readonly WallStream[] | null, favourites: ReadonlySet<string>) {
  const { data: rules = [] } = useRules()
  useFleetTick()
  useFacts()
  const servers = useServers()
  const alarms = useAlarms()
  const hold = useHold(`${useShownMoment()} ${wall?.id}`)
  const rows = fleet.rows()
  const probed = useProbed(alarms?.list.some(({ subject }) => subject.kind === 'probe') ?? false)
  const byStream = useMemo(() => alarmsByStream(alarms?.list ?? [], probed), [alarms, probed])
  // The list of servers changes with each poll, but names and tags rarely do.
  const named = JSON.stringify(servers.map(({ id, name, tags }) => [id, name, tags]))
  // biome-ignore lint/correctness/useExhaustiveDependencies: `named` is what is asked of servers
  const listed = useMemo(
    () => (wall === undefined || wall.kind === 'penalty' ? null : streamsOfWall(wall, rows, fleet.server, favourites)),
    [wall, rows, named, favourites],
  )
  const order = useMemo(() => penaltyOrder(alarms?.incidents ?? []), [alarms])
  const kept = useRef(order.list)
  if (!hold.held) kept.current = order.list

  const common = {
    /** Number of streams beyond the maximum number of tiles. */
    left: 0,
    /** Penalty wall only: number of active incidents that are shelved, suppressed or out of service. */
    away: 0,
    /** Penalty wall only: number of new incidents that are not drawn while the pointer holds the tiles in place. */
    fresh: 0,
    isHeld: hold.held,
    /** Handlers for the element with the tiles, which keep their places while the pointer is over it. */
    hold: { onPointerEnter: hold.take, onPointerMove: hold.take, onPointerLeave: hold.release },
  }
  const worded = { rules, t, language }
  if (listed === null) {
    const current = new Map(order.list.map((incident) => [incident.id, incident]))
    const placed = new Set(kept.current.map(({ id }) => id))
    const drawOne = (incident: Incident): DrawnTile => {
      const { subject, id } = incident
      return {
        view: incidentTile(incident, probed, worded),
        incident,
        over: !current.has(id),
        row: subject.kind === 'stream' ? rowOf(subject) : undefined,
      }
    }
    return {
      ...common,
      /** On all pages. */
      count: kept.current.length,
      away: order.away.length,
      fresh: order.list.filter(({ id }) => !placed.has(id)).length,
      /** The tiles of one page; texts are only built for these. */
      drawn: (from: number, count: number): readonly DrawnTile[] =>
        kept.current.slice(from, from + count).map((incident) => drawOne(current.get(incident.id) ?? incident)),
    }
  }
  const streams = draft ?? listed.streams
  return {
    ...common,
    count: streams.length,
    left: listed.left,
    drawn: (from: number, count: number): readonly DrawnTile[] =>
      streams.slice(from, from + count).map((stream) => {
        const row = rowOf(stream)
        const there = { row, server: fleet.server(stream.serverId), alarm: byStream.get(streamKey(stream)), ...worded }
        return { view: streamTile(stream, there), row, incident: null, over: false }
      }),
  }
}
function incidentTile(incident: Incident, probed: ReadonlyMap<string, WallStream>, { rules, t, language }: Worded): TileView {
  const { to, name, rest, title, text, impact } = incidentCard(incident, rules, language)
  const { kind, subject, severity, since } = incident
  const ofProbe = subject.kind === 'probe' ? (probed.get(subject.probeId) ?? null) : null
  const stream = subject.kind === 'stream' ? { serverId: subject.serverId, path: subject.path } : ofProbe
  const row = stream === null ? undefined : rowOf(stream)
  const onAir = streamOnAir(incident) !== null || row?.facts.state === 'slate' || (ofProbe !== null && row?.facts.state === 'live')
  const look = subject.kind === 'server' ? 'hatched' : `picture-${kind}`
  return {
    // What is wrong stands beside it already.
    ...{ key: incident.id, to, name, rest: rest === title ? impact : rest, mark: severity, word: title, text, since, stream, onAir },
    bitrate: onAir ? (row?.figures.bitrateInBps ?? null) : null,
    // What a probe found in the picture cannot be seen in one that is still.
    sign: onAir && ofProbe === null && kind !== 'slateOnAir' ? null : { title, look, seen: onAir ? '' : seenText(incident, t) },
  }
}
