import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import type { Clock } from '../clock/clock.ts'
import type { Engine } from '../engine/createEngine.ts'
import { pictureText } from '../i18n/pictureText.ts'
import { refusalText } from '../i18n/refusalText.ts'
import { sayIn } from '../i18n/say.ts'
import { type GuestLink, type GuestPage, guestPath } from '../shared/guests.ts'
import { livePicturesLimit } from '../shared/previews.ts'
import { zoneNamed } from '../shared/time.ts'
import { formatMomentInZone } from '../shared/units.ts'
import { type Admission, afterTry } from './admission.ts'
import { problemPage } from './plainPages.ts'
import { languageAsked } from './requests.ts'
import type { Console, Env } from './signIn.ts'

const playSchema = z.object({ asked: z.boolean().default(false), playsH265: z.boolean().default(false) })
/** What guests can do something about. */
const forGuests: readonly string[] = ['codecH265', 'tooManyAtOnce']
const mostCookieSeconds = 400 * 86_400

interface GuestPagesDeps {
  readonly engine: Pick<Engine, 'guests' | 'relay'>
  readonly clock: Clock
  readonly admission: Admission
  readonly rendererDir: string
}

/**
 * The page of a guest link. The link is exchanged for a cookie, so that its secret stays in no history; the cookie is sent below `/guest` only, where
 * nothing but the pictures of the link can be asked for. It holds the secret itself: so a link needs no sessions, which guests could fill up. Guests are
 * strangers to the limit of connections (`createOpenConnections`).
 */
export function addGuestPages(app: Hono<Env>, { engine: { guests, relay }, clock, admission, rendererDir }: GuestPagesDeps): void {
  const cookie = () => `${admission.cookieName().replace('__Host-', '__Secure-')}-guest`
  // Lax, because the link is opened from a mail.
  const cookieOptions = (c: Console) =>
    ({ path: c.get('basePath') + guestPath, httpOnly: true, sameSite: 'Lax', secure: admission.senderOf(c.env.incoming).secure }) as const
  const linkOf = (c: Console): GuestLink | null => guests.find(getCookie(c, cookie()) ?? '')
  const problem = (c: Console, text: string, status: 403 | 404 | 429) => {
    const language = languageAsked(c.env.incoming)
    return c.html(problemPage(sayIn(language)('guests.title'), language, text), status)
  }
  const gone = (c: Console) => problem(c, sayIn(languageAsked(c.env.incoming))('guests.invalid'), 404)

  app.get(guestPath, (c) => c.redirect(`${guestPath}/`, 302))
  app.get(`${guestPath}/`, async (c, next) => {
    if (linkOf(c) === null) return gone(c)
    c.header('Cache-Control', 'no-cache')
    const page = await serveStatic({ path: join(rendererDir, 'guest.html') })(c, next)
    return page instanceof Response ? page : c.text(refusalText({ kind: 'notBuilt' }, languageAsked(c.env.incoming)), 404)
  })
  app.get(`${guestPath}/assets/:file{[\\w-]+\\.[\\w.]+}`, async (c) => {
    if (linkOf(c) === null) return c.body(null, 404)
    c.header('Cache-Control', 'private, max-age=31536000, immutable')
    const file = await serveStatic({ path: join(rendererDir, 'assets', c.req.param('file')) })(c, async () => {})
    return file instanceof Response ? file : c.body(null, 404)
  })
  app.get(`${guestPath}/page`, (c) => {
    const link = linkOf(c)
    if (link === null) return c.body(null, 410)
    const words = wordsFor(c)
    return c.json(pageOf(link, guests.page(link), words), 200, { 'Content-Language': words.say.language })
  })
  app.get(`${guestPath}/pictures/:id`, async (c) => {
    const link = linkOf(c)
    if (link === null) return c.body(null, 410)
    const picture = await guests.picture(link, c.req.param('id'))
    if (picture === null) return c.body(null, 204)
    // A header holds ASCII only.
    const { say, momentOf } = wordsFor(c)
    const said = encodeURIComponent(say('guests.still', { moment: momentOf(picture.at) }))
    return c.body(Buffer.from(picture.jpeg, 'base64'), 200, { 'Content-Type': 'image/jpeg', 'X-Said': said })
  })
  app.post(`${guestPath}/pictures/:id`, async (c) => {
    const link = linkOf(c)
    const wish = playSchema.safeParse(await c.req.json().catch(() => null))
    const played = link && wish.success ? await guests.play(link, c.req.param('id'), wish.data) : null
    if (played === null) return c.body(null, 404)
    if ('file' in played) return c.json({ address: `${c.get('basePath')}${guestPath}/live/${played.file}`, playing: played.previewId })
    // A source on demand starts by its button: until somebody presses it, nothing is missing.
    if (played.why.kind === 'replaced' || (played.why.kind === 'onDemand' && wish.data?.asked !== true)) return c.json({ said: '' })
    const language = languageAsked(c.env.incoming)
    return c.json({ said: forGuests.includes(played.why.kind) ? pictureText(played.why, language) : sayIn(language)('guests.noPicture') })
  })
  app.delete(`${guestPath}/playing/:id`, (c) => {
    const link = linkOf(c)
    if (link !== null) guests.stop(link, c.req.param('id'))
    return c.body(null, 204)
  })
  app.get(`${guestPath}/live/:ticket/:file`, async (c) => {
    const link = linkOf(c)
    if (link === null) return c.body(null, 410)
    const address = new URL(c.req.url)
    address.pathname = `/relay${address.pathname.slice(`${guestPath}/live`.length)}`
    const response = await relay(new Request(address, c.req.raw), languageAsked(c.env.incoming), guests.relayed(link))
    return new Response(response.body, response)
  })
  app.get(`${guestPath}/:secret`, async (c) => {
    if (admission.isInClear(c.env.incoming)) return problem(c, refusalText(afterTry.inClear.refusal, languageAsked(c.env.incoming)), 403)
    const secret = c.req.param('secret')
    const link = guests.find(secret)
    if (link === null) {
      if (guests.hasEnded(secret)) return gone(c)
      const isLate = await admission.refusedGuest(c.env.incoming, c.req.raw.signal)
      return isLate ? gone(c) : problem(c, refusalText(afterTry.tooMany.refusal, languageAsked(c.env.incoming)), 429)
    }
    guests.opened(link, admission.senderOf(c.env.incoming).address)
    const seconds = Math.ceil((link.endsAt - clock.now()) / 1000)
    setCookie(c, cookie(), secret, { ...cookieOptions(c), maxAge: Math.min(mostCookieSeconds, seconds) })
    return c.redirect(`${guestPath}/`, 303)
  })
}

/** What is said to a guest, in his language, and moments in the time zone that his page names; in UTC where it names none that there is. */
function wordsFor(c: Console) {
  const say = sayIn(languageAsked(c.env.incoming))
  const zone = zoneNamed(c.req.header('x-time-zone') ?? '') ?? 'UTC'
  return { say, momentOf: (at: number) => formatMomentInZone(at, say.language, zone) }
}

function pageOf(
  { name, endsAt }: GuestLink,
  { pictures, left }: ReturnType<Engine['guests']['page']>,
  { say, momentOf }: ReturnType<typeof wordsFor>,
): GuestPage {
  return {
    title: name,
    live: livePicturesLimit,
    pictures: pictures.map(({ id, name: title, state, since }) => ({
      ...{ id, name: title, state },
      said: say(`guests.states.${state}`, since === null ? {} : { since: momentOf(since), context: 'since' }),
    })),
    words: {
      ends: say('guests.ends', { moment: momentOf(endsAt) }),
      play: say('guests.play'),
      lost: say('guests.lost'),
      none: say('guests.none'),
      noPicture: say('guests.noPicture'),
      noVideo: say('pictures.noVideo'),
      replaced: say('guests.replaced'),
      more: left === 0 ? '' : say('guests.more', { left }),
    },
  }
}
