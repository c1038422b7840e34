import type { Clock } from '../../clock/clock.ts'
import { type Alarm, acknowledgeNameLength } from '../../shared/alarms.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { Language } from '../../shared/words/languages.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { AcknowledgeLinks } from './acknowledgeLinks.ts'
import { incidentNotification, type Notification } from './notification.ts'
import { oneLine } from './plainText.ts'

/** Result of opening an acknowledge link. */
export type Linked =
  /** The link was not created here or was modified, its channel no longer exists, or acknowledge links are off. */
  | { readonly is: 'invalid' }
  /** The link has expired, or its incident is unknown (or no longer known) to this console. */
  | { readonly is: 'expired' | 'unknown'; readonly language: Language }
  | LinkedIncident
export interface LinkedIncident {
  readonly is: 'incident'
  readonly language: Language
  readonly channel: string
  /** The message that the channel would get about it now. */
  readonly notification: Notification
  /** All its alarms are closed. */
  readonly isOver: boolean
  /** When its last alarm healed or was closed; the current time if it is not over. */
  readonly overAt: number
  /** Number of its unacknowledged alarms. */
  readonly untaken: number
  /** Acknowledgements of the others, latest first. */
  readonly taken: readonly NonNullable<Alarm['acknowledged']>[]
  /** Token of the confirmation page's form, to be sent back with the acknowledgement. */
  readonly formToken: string
}
/** `notConfirmed`: the request does not come from the confirmation page, or that was open for too long. `notStored`: the disk could not be written. */
export type Acknowledged = 'done' | 'notConfirmed' | 'notStored'

export interface AcknowledgingDeps {
  readonly clock: Clock
  /** null: acknowledge links are off. */
  readonly links: AcknowledgeLinks | null
  /** Language of a channel that gets acknowledge links; null: it does not, or does not exist. */
  readonly languageOf: (channel: string) => Language | null
  readonly incident: (id: string) => IncidentDetails | null
  /** Ids of its open, unacknowledged alarms. */
  readonly untaken: (incident: string) => readonly string[]
  readonly acknowledge: (ids: readonly string[], by: string, link: string) => void
  readonly publicUrl: () => string | null
}

/** Lets people who are not signed in acknowledge incidents through links in messages. `look` changes nothing. */
export interface Acknowledging {
  /** Whether this console signed a link, which costs next to nothing to find out. */
  readonly isSigned: (link: string) => boolean
  readonly look: (link: string) => Linked
  readonly acknowledge: (link: string, formToken: string, name: string) => Acknowledged
}

/** Maximum number of acknowledgements listed. */
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
      notification: incidentNotification(
        { event: 'update', at, mayRepeat: false, startMissed: false, escalated: false },
        incident,
        { publicUrl: publicUrl(), at, language, ackUrlOf: () => null },
        null,
      ),
      isOver: incident.alarms.every(({ closed }) => closed !== null),
      overAt: incident.healedAt ?? at,
      untaken: deps.untaken(content.incident).length,
      taken: takersOf(incident),
      formToken: links.formTokenOf(link, at),
    }
  }
  return {
    isSigned: (link) => (links?.read(link) ?? null) !== null,
    look,
    acknowledge: (link, formToken, name) => {
      const linked = look(link)
      if (linked.is !== 'incident' || links === null || !links.isFormToken(link, formToken, clock.now())) return 'notConfirmed'
      const ids = deps.untaken(linked.notification.key)
      if (ids.length === 0) return 'done'
      return attemptWrite(() => deps.acknowledge(ids, oneLine(name, acknowledgeNameLength), linked.channel)) ? 'done' : 'notStored'
    },
  }
}

/** The latest acknowledgement of each person and link. */
function takersOf({ alarms }: IncidentDetails): LinkedIncident['taken'] {
  const all = alarms.flatMap(({ acknowledged, closed }) => (acknowledged === null || closed !== null ? [] : [acknowledged])).sort((a, b) => b.at - a.at)
  return all.filter(({ by, link }, place) => all.findIndex((other) => other.by === by && other.link === link) === place).slice(0, mostTakers)
}
