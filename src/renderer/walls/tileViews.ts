import type { TFunction } from 'i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { type Incident, isWrongNow } from '../../shared/incidents.ts'
import type { Rule } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import type { TimeZoneChoice } from '../../shared/units.ts'
import { formatTime } from '../../shared/units.ts'
import type { WallStream } from '../../shared/walls.ts'
import type { Language } from '../../shared/words/languages.ts'
import { troubleWords } from '../../shared/words/reasonText.ts'
import { alarmTitle } from '../app/alarmTitle.ts'
import { type StreamRow, standsSince } from '../app/fleet.ts'
import { incidentCard, pictureTitle, seenWords, streamOnAir } from '../app/incidentCard.ts'
import { toStream } from '../app/links.ts'
import { markOfStream } from '../app/StateMark.tsx'
import type { MarkKind } from '../ui/Mark.tsx'
import { streamKey } from './wallTiles.ts'

/** What stands large over the place of a picture: `look` is that of the place behind it. */
export interface TileSign {
  readonly title: string
  readonly look: string
  /** When it was seen last. '': that is not known, or of no use. */
  readonly seen: string
}

/** What a tile shows. */
export interface TileView {
  readonly key: string
  readonly to: string
  readonly name: string
  /** Of a stream its server. */
  readonly rest: string
  readonly mark: MarkKind
  /** Its state or trouble in a word or two, beside the mark. */
  readonly word: string
  /** Why. '': there is nothing to explain. */
  readonly text: string
  /** Since when something is wrong; null: nothing is. */
  readonly since: number | null
  /** bit/s; null: unknown, or of no stream. */
  readonly bitrate: number | null
  /** null: the picture speaks for itself. */
  readonly sign: TileSign | null
  /** Whose picture it shows; null: nobody's. */
  readonly stream: WallStream | null
  /** It is on air: its picture shows what there is, and may play. */
  readonly onAir: boolean
}

interface Worded {
  readonly rules: readonly Rule[]
  readonly zone: TimeZoneChoice
  readonly t: TFunction
  readonly language: Language
}

/** The alarms of streams that last, the worst of each, by `streamKey`. Pure. */
export function alarmsByStream(alarms: readonly Alarm[]): ReadonlyMap<string, Alarm> {
  const found = new Map<string, Alarm>()
  for (const alarm of alarms) {
    if (alarm.subject.kind !== 'stream' || !isWrongNow(alarm)) continue
    const key = streamKey(alarm.subject)
    // They come worst first, those that somebody put away among them.
    const before = found.get(key)
    if (before === undefined || (isAway(before) && !isAway(alarm))) found.set(key, alarm)
  }
  return found
}
const isAway = ({ state }: Alarm) => state === 'shelved' || state === 'suppressed' || state === 'outOfService'

interface StreamThere extends Worded {
  /** undefined: there is no such stream. */
  readonly row: StreamRow | undefined
  /** undefined: it is not watched. */
  readonly server: Server | undefined
  readonly alarm: Alarm | undefined
}
/** The tile of a stream. */
export function streamTile(stream: WallStream, there: StreamThere): TileView {
  const { row, server, alarm, t, language } = there
  const { serverId, path } = stream
  const common = { key: streamKey(stream), to: toStream(serverId, path), name: path, rest: server?.name ?? row?.serverName ?? '', stream }
  if (row === undefined) {
    const title = t(server === undefined ? 'wall.sign.notWatched' : 'wall.sign.noStream')
    return {
      ...common,
      mark: 'unknown',
      word: t('streamState.unknown'),
      text: '',
      since: null,
      bitrate: null,
      sign: { title, look: '', seen: '' },
      onAir: false,
    }
  }
  const { facts, figures, severity } = row
  const onAir = facts.state === 'live' || facts.state === 'slate'
  return {
    ...common,
    mark: alarm?.state === 'outOfService' ? 'maintenance' : markOfStream(facts.state, severity),
    word: wordOf(facts.state, alarm, there),
    text: alarm === undefined ? '' : troubleWords(alarm, language).text,
    since: alarm?.since ?? (onAir || facts.state === 'waiting' || facts.state === 'ended' ? null : standsSince(facts)),
    bitrate: onAir ? figures.bitrateInBps : null,
    sign: signOf(there, row),
    onAir,
  }
}

function wordOf(state: StreamRow['facts']['state'], alarm: Alarm | undefined, { rules, t, language }: Worded): string {
  // What is suppressed is told by another alarm.
  if (alarm === undefined || alarm.state === 'suppressed') return t(`streamState.${state}`)
  return isAway(alarm) ? t(`alarms.state.${alarm.state}`) : alarmTitle(alarm, rules, t, language)
}

/** What stands over the picture of a stream that is not on air as it should be; null: it is live. */
function signOf({ server, zone, t }: StreamThere, { facts: { state, lastLiveAt } }: StreamRow): TileSign | null {
  const seen = lastLiveAt === null ? t('overview.neverLive') : t('overview.lastLive', { time: formatTime(lastLiveAt, zone) })
  switch (state) {
    case 'live':
      return null
    case 'slate':
      return { title: t('overview.slatePicture'), look: 'picture-slateOnAir', seen: '' }
    case 'stalled':
      return { title: t('overview.stalledPicture'), look: 'picture-streamStalled', seen }
    case 'gone':
      return { title: t('overview.noSignal'), look: 'picture-streamGone', seen }
    case 'waiting':
      return { title: t('wall.sign.waiting'), look: '', seen: '' }
    case 'ended':
      return { title: t('wall.sign.ended'), look: '', seen }
    case 'unknown':
      return {
        title: server?.state === 'halted' ? t('overview.haltedPicture') : server?.state === 'up' ? t('wall.sign.notKnown') : t('overview.unreachablePicture'),
        look: 'hatched',
        seen,
      }
    default:
      return state satisfies never
  }
}

/** The tile of an incident, on the penalty wall. `rowOf`: a stream of the fleet. */
export function incidentTile(incident: Incident, rowOf: (stream: WallStream) => StreamRow | undefined, { rules, zone, t, language }: Worded): TileView {
  const { to, name, rest, title, text, impact } = incidentCard(incident, rules, t, language)
  const { kind, subject, severity, since } = incident
  const onAir = streamOnAir(incident)
  const stream = subject.kind === 'stream' ? { serverId: subject.serverId, path: subject.path } : null
  return {
    // What is wrong stands beside it already.
    ...{ key: incident.id, to, name, rest: rest === title ? impact : rest, mark: severity, word: title, text, since, stream },
    bitrate: onAir === null ? null : (rowOf(onAir)?.figures.bitrateInBps ?? null),
    sign:
      onAir === null
        ? { title: pictureTitle(kind, title, t), look: subject.kind === 'server' ? 'hatched' : `picture-${kind}`, seen: seenWords(incident, zone, t) }
        : null,
    onAir: onAir !== null,
  }
}
