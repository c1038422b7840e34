import { z } from 'zod'
import { enteredName } from './entered.ts'
import { administer } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

// Guest links: addresses by which people without an account see chosen pictures until a time, and nothing else.

/** `pictures`: on one link. */
export const guestLimits = { links: 200, pictures: 64, days: 366, usualDays: 7 } as const

const listed = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(guestLimits.pictures)
const idSchema = z.string().min(1).max(100)
/** A wall shows what it has at the moment, up to the most pictures of a link. */
const showsSchema = z.discriminatedUnion('kind', [
  /** Guests see the name of a stream's camera, or the last part of its path. */
  z.object({ kind: z.literal('streams'), streams: listed(z.object({ serverId: serverIdSchema, path: z.string().min(1).max(2_048) })) }),
  z.object({ kind: z.literal('wall'), wallId: idSchema }),
])
export const guestLinkInputSchema = z.object({
  /** Guests see it as the title of their page. */
  name: enteredName(60),
  shows: showsSchema,
  /** Left out: a week from now. At most a year ahead. */
  endsAt: epochMs.optional(),
})
export type GuestLinkInput = z.infer<typeof guestLinkInputSchema>

export const guestLinkSchema = z.object({
  id: z.string(),
  name: z.string(),
  shows: showsSchema,
  endsAt: epochMs,
  createdAt: epochMs,
  by: z.string(),
  /** To within ten minutes after a start of the console; null: never. */
  lastUsedAt: epochMs.nullable(),
})
export type GuestLink = z.infer<typeof guestLinkSchema>

const tags = ['guests']
export const guestsContract = {
  list: administer.route({ method: 'GET', path: '/guests', tags, summary: 'Guest links that have not ended' }).output(z.array(guestLinkSchema)),
  /** `address` follows that of the console, and has the secret, which is shown this once. `url`: the whole of it, if the console knows its own. */
  add: administer
    .errors({
      ...{ NO_SERVER: refused(404, 'noSuch'), NO_WALL: refused(404, 'noSuch') },
      ...{ TOO_MANY: refused(409, 'tooMany'), BAD_END: refused(400, 'guestEndWrong') },
    })
    .route({ method: 'POST', path: '/guests', successStatus: 201, tags })
    .input(guestLinkInputSchema)
    .output(z.object({ link: guestLinkSchema, address: z.string(), url: z.string().nullable() })),
  /** Ends it at once, with the pictures that guests have open. */
  revoke: administer
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'DELETE', path: '/guests/{id}', successStatus: 204, tags })
    .input(z.object({ id: idSchema })),
}

/** A guest's page is below this path; the link is this with its secret. */
export const guestPath = '/guest'
/** A picture as a guest sees it. `asleep`: it plays once somebody wants to see it. */
export interface GuestPicture {
  readonly id: string
  readonly name: string
  readonly state: 'onAir' | 'offAir' | 'asleep' | 'unknown'
  /** The state in words. */
  readonly said: string
}
/** What a guest's page shows, with its words in the language of the request. */
export interface GuestPage {
  readonly title: string
  readonly pictures: readonly GuestPicture[]
  /** How many play at once. */
  readonly live: number
  readonly words: Readonly<Record<'ends' | 'play' | 'lost' | 'none' | 'more' | 'noPicture' | 'noVideo' | 'replaced', string>>
}
