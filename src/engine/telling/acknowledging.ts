import type { Clock } from '../../clock/clock.ts'
import { type Alarm, acknowledgeNameLength } from '../../shared/alarms.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { Language } from '../../shared/words/languages.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { AcknowledgeLinks } from './acknowledgeLinks.ts'
import { oneLine } from './plainText.ts'
import { type Told, toldOf } from './told.ts'

/** What a link to acknowledge leads to. */
export type Linked =
  /** It was not made here or was changed, its channel is gone, or such links are off. */
  | { readonly is: 'invalid' }
  /** It is over, or this console does not know its incident (any more). */
  | { readonly is: 'expired' | 'unknown'; readonly language: Language }
  | LinkedIncident
export interface LinkedIncident {
  readonly is: 'incident'
  readonly language: Language
  readonly channel: string
  /** What the channel would be told of it now. */
  readonly told: Told
  /** Nothing of it is open any more. */
  readonly isOver: boolean
  /** When its last alarm healed or was closed. */
  readonly overAt: number
  /** How many of its alarms nobody has. */
  readonly untaken: number
  /** Who has the others, the latest first. */
  readonly taken: readonly NonNullable<Alarm['acknowledged']>[]
  /** To be sent back by whoever acknowledges. */
  readonly ask: string
}
/** `notAsked`: it does not come from the page that asks, or that stood open for too long. */
export type Acknowledged = 'done' | 'notAsked' | 'notStored'

export interface AcknowledgingDeps {
  readonly clock: Clock
  /** null: such links are off. */
  readonly links: AcknowledgeLinks | null
  /** Language of a channel that gets such links; null: it does not, or is not there. */
  readonly languageOf: (channel: string) => Language | null
  readonly incident: (id: string) => IncidentDetails | null
  /** Ids of its open alarms that nobody has. */
  readonly untaken: (incident: string) => readonly string[]
  readonly acknowledge: (ids: readonly string[], by: string, link: string) => void
  readonly publicUrl: string | null
}

/** Acknowledges the incidents of messages by links, for people who have not signed in. Looking changes nothing. */
export interface Acknowledging {
  readonly look: (link: string) => Linked
  readonly acknowledge: (link: string, ask: string, name: string) => Acknowledged
}

/** So many who have it are named. */
const mostTakers = 5

export function createAcknowledging({ clock, links, languageOf, publicUrl, ...deps }: AcknowledgingDeps): Acknowledging {
  const look = (link: string): Linked => {
    const content = links?.read(link) ?? null
    const language = content && languageOf(content.channel)
    if (links === null || content === null || language === null) return { is: 'invalid' }
    const at = clock.now()
    if (at > content.until) return { is: 'expired', language }
    const incident = deps.incident(content.incident)
    if (incident === null) return { is: 'unknown', language }
    return {
      is: 'incident',
      language,
      channel: content.channel,
      told: toldOf({ event: 'update', at, mayRepeat: false, startMissed: false, escalated: false }, incident, {
        publicUrl,
        at,
        language,
        ackUrlOf: () => null,
      }),
      isOver: incident.alarms.every(({ closed }) => closed !== null),
      overAt: incident.healedAt ?? at,
      untaken: deps.untaken(content.incident).length,
      taken: takersOf(incident),
      ask: links.askOf(link, at),
    }
  }
  return {
    look,
    acknowledge: (link, ask, name) => {
      const linked = look(link)
      if (linked.is !== 'incident' || links === null || !links.isAsk(link, ask, clock.now())) return 'notAsked'
      const ids = deps.untaken(linked.told.key)
      if (ids.length === 0) return 'done'
      return attemptWrite(() => deps.acknowledge(ids, oneLine(name, acknowledgeNameLength), linked.channel)) ? 'done' : 'notStored'
    },
  }
}

/** Everybody once, by his latest. */
function takersOf({ alarms }: IncidentDetails): LinkedIncident['taken'] {
  const all = alarms.flatMap(({ acknowledged, closed }) => (acknowledged === null || closed !== null ? [] : [acknowledged])).sort((a, b) => b.at - a.at)
  return all.filter(({ by, link }, place) => all.findIndex((other) => other.by === by && other.link === link) === place).slice(0, mostTakers)
}
