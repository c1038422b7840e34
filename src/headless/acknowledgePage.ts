import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import { takerName } from '../i18n/alarmText.ts'
import { sayIn } from '../i18n/say.ts'
import { acknowledgeNameLength } from '../shared/alarms.ts'
import { guestPath } from '../shared/guests.ts'
import { isoOf } from '../shared/time.ts'
import type { Admission } from './admission.ts'
import { plainPage, problemPage } from './plainPages.ts'
import { languageAsked } from './requests.ts'
import type { Console, Env } from './signIn.ts'

/** Links in messages begin with this path. What follows is a secret, which stands in no log. */
export const linkPath = '/ack'
export function isLinkPath(path: string): boolean {
  return path.startsWith(`${linkPath}/`)
}
export function shownPath(path: string): string {
  const secret = [linkPath, guestPath].find((link) => path.startsWith(`${link}/`))
  return secret === undefined ? path : `${secret}/…`
}

type Linked = ReturnType<Engine['acknowledging']['look']>
type LinkedIncident = Extract<Linked, { readonly is: 'incident' }>

interface AcknowledgePageDeps {
  readonly engine: Pick<Engine, 'acknowledging'>
  readonly log: Log
  readonly admission: Pick<Admission, 'senderOf'>
}

/**
 * The page of a link to acknowledge, for people who have not signed in. Programs that scan mails open links, so opening it changes nothing: it shows the
 * incident and asks, and only the form of this page acts. It shows nothing else of the console.
 */
export function addAcknowledgePage(app: Hono<Env>, { engine, log, admission }: AcknowledgePageDeps): void {
  app.get(`${linkPath}/:link`, (c) => answer(c, engine.acknowledging.look(c.req.param('link'))))
  app.post(`${linkPath}/:link`, async (c) => {
    const link = c.req.param('link')
    const site = c.req.header('sec-fetch-site')
    const isForm = (c.req.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
    // A body that breaks off is not our error.
    const body = isForm && (site === undefined || site === 'same-origin') ? await c.req.parseBody().catch(() => ({})) : {}
    const { ask: formToken, name } = { ask: '', name: '', ...body }
    const outcome = engine.acknowledging.acknowledge(link, String(formToken), String(name))
    if (outcome !== 'done') return answer(c, engine.acknowledging.look(link), outcome)
    log.info({ address: admission.senderOf(c.env.incoming).address }, 'An incident was acknowledged by a link')
    // So that reading the page again sends nothing again.
    return c.redirect(c.req.path, 303)
  })
}

function answer(c: Console, linked: Linked, problem?: 'notConfirmed' | 'notStored') {
  if (linked.is === 'incident') return c.html(incidentPage(linked, problem), problem === undefined ? 200 : problem === 'notConfirmed' ? 403 : 507)
  const language = linked.is === 'invalid' ? languageAsked(c.env.incoming) : linked.language
  const say = sayIn(language)
  return c.html(problemPage(say('acknowledging.title'), language, say(`acknowledging.${linked.is}`)), linked.is === 'expired' ? 410 : 404)
}

function incidentPage(linked: LinkedIncident, problem: 'notConfirmed' | 'notStored' | undefined) {
  const { notification, language } = linked
  const say = sayIn(language)
  return plainPage(say('acknowledging.title'), language, {
    body: html`<h2>${say(`notifications.severity.${notification.severity}`)}: ${notification.title}</h2>
  <p>${say('notifications.since', { since: notification.since })}</p>
  <p class="text">${notification.text}</p>
  ${problem === undefined ? '' : html`<p role="alert">${say(`acknowledging.${problem}`)}</p>`}
  ${stateOf(linked).map((line) => html`<p class="text">${line}</p>`)}
  ${linked.isOver || linked.untaken === 0 ? '' : acknowledgeForm(linked)}
  ${notification.url === null ? '' : html`<p class="hint"><a href="${notification.url}">${say('notifications.open')}</a></p>`}`,
  })
}

/** Whether it is over, who has it, and whether anybody is wanted. */
function stateOf({ isOver, overAt, untaken, taken, language }: LinkedIncident): readonly string[] {
  const say = sayIn(language)
  const takers = taken.map((taker) => say('acknowledging.taken', { who: takerName(taker, language), moment: isoOf(taker.at) }))
  if (isOver) return [say('acknowledging.over', { moment: isoOf(overAt) })]
  if (untaken > 0) return [...takers, takers.length === 0 ? say('acknowledging.untaken') : say('acknowledging.partlyTaken', { alarms: untaken })]
  if (takers.length > 0) return takers
  return [say('acknowledging.nothingToTake')]
}

function acknowledgeForm({ formToken, language }: LinkedIncident) {
  const say = sayIn(language)
  return html`<form method="post">
    <input type="hidden" name="ask" value="${formToken}">
    <label for="name">${say('acknowledging.name')}</label>
    <input id="name" name="name" maxlength="${acknowledgeNameLength}" autocomplete="name">
    <button type="submit">${say('acknowledging.title')}</button>
  </form>`
}
