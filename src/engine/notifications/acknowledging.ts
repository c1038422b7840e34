import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { Language } from '../../i18n/languages.ts'
import { acknowledgeNameLength } from '../../shared/alarms.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import { oneLine } from '../../shared/visibleText.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import { incidentNotification } from './notification.ts'

/** Which incident a link is good for, the channel that it was sent to, and until when, epoch ms. */
interface LinkContent {
  readonly incident: string
  readonly channel: string
  readonly until: number
}

/** A link is good for a day, up to the next full hour: so a message that is sent again has the same one. */
const linkLifeMs = 24 * 3_600_000
const roundedToMs = 3_600_000
/** How long the confirmation page may stay open before its form is refused. */
const formLifeMs = 3_600_000
const macBytes = 32
/** Longer than any of ours: a channel's name has 100 characters at most. */
const longestLink = 1_000
const contentSchema = z.tuple([z.string(), z.string(), z.number()])

/** Makes and reads links by which an incident can be acknowledged without signing in. Whoever has one may use it. */
export function createAcknowledgeLinks(publicUrl: () => string | null, key: Uint8Array) {
  const sign = (use: 'link' | 'ask', text: string) => createHmac('sha256', key).update(`${use} ${text}`).digest()
  const signed = (use: 'link' | 'ask', text: string) => sign(use, text).toString('base64url')
  const isSigned = (use: 'link' | 'ask', text: string, given: string) => {
    const bytes = Buffer.from(given, 'base64url')
    return bytes.length === macBytes && timingSafeEqual(bytes, sign(use, text))
  }
  return {
    /** null: this console has no public address. */
    urlOf: (incident: string, channel: string, at: number): string | null => {
      const origin = publicUrl()
      if (origin === null) return null
      const until = Math.ceil((at + linkLifeMs) / roundedToMs) * roundedToMs
      const content = Buffer.from(JSON.stringify([incident, channel, until])).toString('base64url')
      return `${origin}/ack/${content}.${signed('link', content)}`
    },
    /** What a link was signed for, whether it is over or not; null: it was not signed here, or changed since. */
    read: (link: string): LinkContent | null => {
      const [content = '', mac = '', more] = publicUrl() === null || link.length > longestLink ? [] : link.split('.')
      if (more !== undefined || !isSigned('link', content, mac)) return null
      const { data } = contentSchema.safeParse(storedJson(Buffer.from(content, 'base64url').toString('utf8')))
      return data === undefined ? null : { incident: data[0], channel: data[1], until: data[2] }
    },
    /** Token in the form of a link's confirmation page, so that only that page acts. */
    formTokenOf: (link: string, at: number): string => {
      const moment = Math.round(at).toString(36)
      return `${moment}.${signed('ask', `${moment} ${link}`)}`
    },
    isFormToken: (link: string, token: string, at: number): boolean => {
      const [moment = '', mac = ''] = token.slice(0, longestLink).split('.')
      const age = at - Number.parseInt(moment, 36)
      return isSigned('ask', `${moment} ${link}`, mac) && age >= 0 && age <= formLifeMs
    },
  }
}
type AcknowledgeLinks = ReturnType<typeof createAcknowledgeLinks>

/** `notConfirmed`: the request does not come from the confirmation page, or that was open for too long. `notStored`: the disk could not be written. */
export type Acknowledged = 'done' | 'notConfirmed' | 'notStored'

interface AcknowledgingDeps {
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

const mostTakers = 5

/** Lets people who are not signed in acknowledge incidents through links in messages. */
export function createAcknowledging({ clock, links, languageOf, publicUrl, ...deps }: AcknowledgingDeps) {
  /**
   * `invalid`: the link was not created here or was modified, its channel no longer exists, or acknowledge links are off.
   * `expired`: it is over, or its incident is unknown, or no longer known, to this console.
   */
  const look = (link: string) => {
    const content = links?.read(link) ?? null
    const language = content && languageOf(content.channel)
    if (links === null || content === null || language === null) return { is: 'invalid' } as const
    const at = clock.now()
    if (at > content.until) return { is: 'expired', language } as const
    const incident = deps.incident(content.incident)
    if (incident === null) return { is: 'expired', language } as const
    return {
      is: 'incident' as const,
      language,
      channel: content.channel,
      /** The message that the channel would get about it now. */
      notification: incidentNotification(
        { event: 'update', at, mayRepeat: false, startMissed: false, escalated: false },
        incident,
        { publicUrl: publicUrl(), at, language, ackUrlOf: () => null },
        null,
      ),
      /** All its alarms are closed. */
      isOver: incident.alarms.every(({ closed }) => closed !== null),
      overAt: incident.healedAt ?? at,
      /** Number of its unacknowledged alarms. */
      untaken: deps.untaken(content.incident).length,
      taken: takersOf(incident),
      /** Token of the confirmation page's form, to be sent back with the acknowledgement. */
      formToken: links.formTokenOf(link, at),
    }
  }
  return {
    /** Changes nothing. */
    look,
    acknowledge: (link: string, formToken: string, name: string): Acknowledged => {
      const linked = look(link)
      if (linked.is !== 'incident' || links === null || !links.isFormToken(link, formToken, clock.now())) return 'notConfirmed'
      const ids = deps.untaken(linked.notification.key)
      if (ids.length === 0) return 'done'
      return attemptWrite(() => deps.acknowledge(ids, oneLine(name, acknowledgeNameLength), linked.channel)) ? 'done' : 'notStored'
    },
  }
}

export type Acknowledging = ReturnType<typeof createAcknowledging>

/** The latest acknowledgement of each person and link, latest first. */
function takersOf({ alarms }: IncidentDetails) {
  const all = alarms.flatMap(({ acknowledged, closed }) => (acknowledged === null || closed !== null ? [] : [acknowledged])).sort((a, b) => b.at - a.at)
  return all.filter(({ by, link }, place) => all.findIndex((other) => other.by === by && other.link === link) === place).slice(0, mostTakers)
}
