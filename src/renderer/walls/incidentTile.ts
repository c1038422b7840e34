import type { Incident } from '../../shared/incidents.ts'
import type { WallStream } from '../../shared/walls.ts'
import type { StreamRow } from '../fleet/fleet.ts'
import { incidentCard, pictureTitle, seenText, streamOnAir } from '../fleet/incidentCard.ts'
import type { TileView, Worded } from './tileViews.ts'

interface FleetOfWall {
  readonly rowOf: (stream: WallStream) => StreamRow | undefined
  /** The streams that probes read, by the ids of the probes. */
  readonly probed: ReadonlyMap<string, WallStream>
}
/** The tile of an incident, on the penalty wall. */
export function incidentTile(incident: Incident, { rowOf, probed }: FleetOfWall, { rules, zone, t, language }: Worded): TileView {
  const { to, name, rest, title, text, impact } = incidentCard(incident, rules, t, language)
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
    sign:
      onAir && ofProbe === null && kind !== 'slateOnAir' ? null : { title: pictureTitle(kind, title, t), look, seen: onAir ? '' : seenText(incident, zone, t) },
  }
}
