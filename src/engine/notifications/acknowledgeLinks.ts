import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { storedJson } from '../storage/storedJson.ts'

/** Which incident a link is good for, the channel that it was sent to, and until when, epoch ms. */
export interface LinkContent {
  readonly incident: string
  readonly channel: string
  readonly until: number
}

/** A link is good for a day, up to the next full hour: so a message that is sent again has the same one. */
export const linkLifeMs = 24 * 3_600_000
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
export type AcknowledgeLinks = ReturnType<typeof createAcknowledgeLinks>
