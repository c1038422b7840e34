import type { Incident } from '../../shared/incidents.ts'
import type { WallStream } from '../../shared/walls.ts'
import type { StreamRow } from '../app/fleet.ts'
import { incidentCard, pictureTitle, seenWords, streamOnAir } from '../app/incidentCard.ts'
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
  const onAir = ofProbe === null ? streamOnAir(incident) : rowOf(ofProbe)?.facts.state === 'live' ? ofProbe : null
  const look = subject.kind === 'server' ? 'hatched' : `picture-${kind}`
  return {
    // What is wrong stands beside it already.
    ...{ key: incident.id, to, name, rest: rest === title ? impact : rest, mark: severity, word: title, text, since, stream },
    bitrate: onAir === null ? null : (rowOf(onAir)?.figures.bitrateInBps ?? null),
    sign:
      ofProbe !== null && onAir !== null
        ? { title, look: '', seen: '' }
        : onAir === null
          ? { title: pictureTitle(kind, title, t), look, seen: seenWords(incident, zone, t) }
          : null,
    onAir: onAir !== null,
  }
}
