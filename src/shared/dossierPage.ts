import { alarmChangeText } from '../i18n/alarmText.ts'
import { eventText } from '../i18n/eventText.ts'
import { incidentMessage, incidentTitle } from '../i18n/incidentText.ts'
import type { Language } from '../i18n/languages.ts'
import { metricLabel } from '../i18n/metricText.ts'
import { sendFailureText, troubleText } from '../i18n/reasonText.ts'
import { ruleName } from '../i18n/ruleText.ts'
import { type Say, sayIn } from '../i18n/say.ts'
import { type Alarm, type AlarmStep, happenedAt, lastedBetween } from './alarms.ts'
import type { DossierFacts, DossierPicture, Listed } from './dossier.ts'
import type { Incident } from './incidents.ts'
import { metrics } from './metrics.ts'
import { redactText } from './redact.ts'
import { isShippedRule, shippedRules } from './rules.ts'
import { type AlarmSubject, subjectName } from './subjectNames.ts'
import { formatInterval, formatMoment, formatStretch, formatValue } from './units.ts'
import { visibleText } from './visibleText.ts'

/** Nothing in it can run or be fetched, whatever its facts say. */
export const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
/** Dark on light, on the screen as on paper; contrasts are at least 4.5. */
const style = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eceef1;color:#16191d;font:14px/1.45 Inter,"Segoe UI",system-ui,"Noto Sans","Noto Sans CJK SC","Malgun Gothic",sans-serif}
main{max-width:1160px;margin:24px auto;padding:32px 40px;background:#fff}
h1{font-size:26px;margin:4px 0 12px;overflow-wrap:anywhere}
h2{font-size:17px;margin:30px 0 8px;border-bottom:1px solid #cfd4da;break-after:avoid}
p{margin:6px 0;max-width:100ch;overflow-wrap:anywhere}
.plain,figcaption,th{color:#535b65;font-size:12px}
.demo{font-weight:600;color:#8a3b00}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:12.5px}
th,td{padding:3px 12px 3px 0;vertical-align:top;text-align:left;border-bottom:1px solid #e6e9ec;overflow-wrap:anywhere;min-width:9ch}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
thead{display:table-header-group}
tr,figure{break-inside:avoid}
.critical,.major{font-weight:600;color:#a3121f}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:14px}
figure{margin:0}
img{display:block;width:100%;height:auto}
@media print{
@page{size:A4;margin:14mm 12mm}
body{background:#fff;font-size:10.5pt}
main{max-width:none;margin:0;padding:0}
.wide{overflow:visible}
table{font-size:7.5pt}
time{white-space:normal}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`

/** Longest text of others in a dossier, in UTF-16 units. */
const longestText = 2_000
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Any text as HTML: without secrets, with what would be invisible, and cut. Everything that a dossier says goes through here. */
export function html(text: string): string {
  // Secrets are hidden before it is cut, which could take away what tells one.
  const shown = visibleText(redactText(text.slice(0, 20 * longestText)))
  const cut = shown.length > longestText ? `${shown.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')} …` : shown
  return cut.replace(/[&<>"']/g, (sign) => entities[sign] as string)
}

interface Page {
  readonly facts: DossierFacts
  readonly language: Language
  readonly say: Say
}

/**
 * All that is known of an incident or a period as one HTML file, which needs nothing else and has no script. Piece by piece, as a long one takes longer
 * than a thread may be held.
 */
export function* dossierPieces(facts: DossierFacts, language: Language): Generator<string> {
  const page: Page = { facts, language, say: sayIn(language) }
  const title = facts.incident === null ? page.say('dossiers.ofPeriod') : incidentTitle(facts.incident, language)
  yield `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width"><title>${html(`${page.say('dossiers.title')} · ${title}`)}</title><style>${style}</style></head><body><main>
${headOf(page, title)}`
  if (facts.incident === null) yield incidentsOf(page)
  yield timelineOf(page)
  yield figuresOf(page)
  yield picturesOf(page)
  yield alarmsOf(page)
  yield sessionsOf(page)
  if (facts.differences !== null) yield differencesOf(page, facts.differences)
  yield notificationsOf(page)
  yield '</main></body></html>\n'
}

type Head = 'incidents' | 'alarms' | 'timeline' | 'figures' | 'sessions' | 'differences' | 'notifications'
type Column = 'time' | 'until' | 'where' | 'what' | 'value' | 'client' | 'bytes'
const plain = (text: string): string => `<p class="plain">${html(text)}</p>`
const moreOf = ({ more, isLeast = false }: Omit<Listed<unknown>, 'rows'>, { say }: Page): string =>
  more === 0 ? '' : plain(say('dossiers.more', { n: more, least: isLeast ? '+' : '' }))

/** A section with a table, whose cells are HTML. `note`: what has to be known of it. */
function section(page: Page, head: Head, columns: readonly Column[], rows: readonly (readonly string[])[], rest: Omit<Listed<unknown>, 'rows'>, note = '') {
  const { say } = page
  const title = html(say(`dossiers.heads.${head}`))
  const heads = columns.map((column) => `<th scope="col">${html(say(`dossiers.columns.${column}`))}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  const table = `<div class="wide" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`
  return `<section><h2>${title}</h2>${note === '' ? '' : plain(note)}${rows.length === 0 ? plain(say('dossiers.none')) : table}${moreOf(rest, page)}</section>`
}

const momentOf = (at: number, { language }: Page): string =>
  `<time datetime="${new Date(at).toISOString()}">${html(formatMoment(at, 'second', 'utc', language))}</time>`

function headOf(page: Page, title: string): string {
  const { facts, language, say } = page
  const { incident } = facts
  const words = incident && incidentMessage(incident, language)
  const made = say('dossiers.made', {
    ...{ moment: formatMoment(facts.madeAt, 'second', 'utc', language), version: facts.version, zone: 'UTC' },
    context: facts.isHidden ? 'hidden' : undefined,
  })
  const about = [`${formatStretch(facts.from, facts.to, 'utc', language)} UTC`, ...facts.servers].map(html).join(' · ')
  return `<header><p class="plain">mtxdeck · ${html(say('dossiers.title'))}</p><h1>${html(title)}</h1>
${facts.isDemo ? `<p class="demo">${html(say('dossiers.ofDemo'))}</p>` : ''}<p>${about}</p>
${incident === null ? '' : `<p>${severityOf(incident, page)} · ${momentOf(incident.since, page)} – ${untilOf(incident, page)}</p>`}
${words === null ? '' : `<p>${html(words.cause)}</p>${words.todo === '' ? '' : `<p><b>${html(words.todo)}</b></p>`}`}
${plain(made)}</header>`
}

/** When it ended, and where it did so unseen how long it may have lasted. */
function untilOf({ since, healedAt, wrongUntil }: Pick<Incident, 'since' | 'healedAt' | 'wrongUntil'>, page: Page): string {
  if (healedAt === null) return html(page.say('dossiers.lasts'))
  const { minMs, maxMs } = lastedBetween(since, healedAt, wrongUntil)
  const between = wrongUntil === undefined ? '' : ` (${html(formatInterval(minMs, maxMs, page.language))})`
  return `${momentOf(healedAt, page)}${between}`
}

const severityName = (severity: Alarm['severity'], language: Language): string => sayIn(language)(`notifications.severity.${severity}`)
const severityOf = ({ severity }: Pick<Alarm, 'severity'>, { language }: Page): string =>
  `<span class="${severity}">${html(severityName(severity, language))}</span>`

function placeOf(subject: AlarmSubject | null, ownerName: string | null): string {
  return subject === null ? (ownerName ?? '') : subjectName(subject, ownerName ?? '')
}
/** What is wrong, in a few words: the name of the rule, as it is called now; of one that was removed since, its id. */
function titleOf({ facts: { rules }, language }: Page, { kind, rule = kind }: Pick<AlarmStep, 'kind' | 'rule'>): string {
  const given = rules.find(({ id }) => id === rule)
  if (given !== undefined) return ruleName(given, language)
  return isShippedRule(rule) ? ruleName({ id: rule, watches: shippedRules[rule].watches }, language) : rule
}
function stepText({ kind, rule, change }: AlarmStep, page: Page): string {
  return alarmChangeText(change, page.language, {
    trouble: (trouble) => titleOf(page, { kind: trouble, ...(trouble === kind && rule !== undefined && { rule }) }),
    severity: (severity) => severityName(severity, page.language),
  })
}

function incidentsOf(page: Page): string {
  const { facts, language } = page
  const rows = facts.incidents.rows.map((incident) => [
    ...[momentOf(incident.since, page), untilOf(incident, page), html(incidentTitle(incident, language))],
    `${severityOf(incident, page)}: ${html(incidentMessage(incident, language).cause)}`,
  ])
  return section(page, 'incidents', ['time', 'until', 'where', 'what'], rows, facts.incidents)
}

function alarmsOf(page: Page): string {
  const { facts, language, say } = page
  const rows = facts.alarms.rows.map((alarm) => [
    ...[momentOf(alarm.since, page), untilOf(alarm, page), html(placeOf(alarm.subject, alarm.serverName))],
    `${severityOf(alarm, page)}: <b>${html(titleOf(page, alarm))}</b> ${html(troubleText(alarm, language).text)} ${html(alarm.said ?? '')}`,
  ])
  return section(page, 'alarms', ['time', 'until', 'where', 'what'], rows, facts.alarms, facts.isAlarmsUnread ? say('dossiers.alarmsUnread') : '')
}

/** Events, and changes of alarms with who took them, in bold. */
function timelineOf(page: Page): string {
  const { steps, events } = page.facts
  const rows = [
    ...steps.rows.map((step) => ({ at: happenedAt(step.change), where: placeOf(step.subject, step.serverName), what: `<b>${html(stepText(step, page))}</b>` })),
    ...events.rows.map((event) => ({ at: event.at, where: placeOf(event.subject, event.ownerName), what: html(eventText(event, page.language)) })),
  ].sort((a, b) => a.at - b.at)
  const rest = { more: steps.more + events.more, isLeast: steps.isLeast === true || events.isLeast === true }
  const cells = rows.map(({ at, where, what }) => [momentOf(at, page), html(where), what])
  return section(page, 'timeline', ['time', 'where', 'what'], cells, rest)
}

function figuresOf(page: Page): string {
  const { facts, language } = page
  const rows = facts.figures.map(({ name, metric, least, mean, most }) => [
    ...[html(name), html(metricLabel(metric, language))],
    [least, mean, most].map((value) => html(formatValue(value, metrics[metric].unit, language))).join(' · '),
  ])
  return section(page, 'figures', ['where', 'what', 'value'], rows, { more: 0 })
}

const isJpeg = ({ jpeg }: DossierPicture): boolean => /^\/9j\/[A-Za-z0-9+/]+={0,2}$/.test(jpeg)
function picturesOf(page: Page): string {
  const { facts, language, say } = page
  const { pictures } = facts
  const figures = pictures.rows.filter(isJpeg).map((picture) => {
    const { server, path, at, jpeg, widthPx, heightPx } = picture
    const name = `${server} · ${path}, ${formatMoment(at, 'second', 'utc', language)}`
    return `<figure><img src="data:image/jpeg;base64,${jpeg}" width="${Math.round(widthPx)}" height="${Math.round(heightPx)}" alt="${html(name)}"><figcaption>${html(name)}</figcaption></figure>`
  })
  if (figures.length + pictures.more === 0) return ''
  return `<section><h2>${html(say('dossiers.heads.pictures'))}</h2><div class="pictures">${figures.join('\n')}</div>${moreOf(pictures, page)}</section>`
}

function sessionsOf(page: Page): string {
  const { facts, language, say } = page
  const { sessions, sessionsSince, from } = facts
  const moment = sessionsSince === null ? null : `${formatMoment(sessionsSince, 'second', 'utc', language)} UTC`
  const note = moment === null ? say('dossiers.sessionsNotKept') : (sessionsSince ?? 0) > from ? say('dossiers.sessionsSince', { moment }) : ''
  const rows = sessions.rows.map(({ path, server, role, protocol, remoteAddr, user, userAgent, began, ended, endedAfter, bytes }) => [
    momentOf(began, page),
    // `≤`: it ended while its server could not be asked.
    ended === null ? html(say('dossiers.lasts')) : `${endedAfter === null ? '' : '≤ '}${momentOf(ended, page)}`,
    html(`${server} · ${path}`),
    html(role === 'other' ? protocol : `${say(`dossiers.role.${role}`)}, ${protocol}`),
    [remoteAddr ?? '–', user ?? [], userAgent?.slice(0, 200) ?? []].flat().map(html).join('<br>'),
    html(formatValue(bytes, 'bytes', language)),
  ])
  return section(page, 'sessions', ['time', 'until', 'where', 'what', 'client', 'bytes'], rows, sessions, note)
}

function differencesOf(page: Page, differences: NonNullable<DossierFacts['differences']>): string {
  // A value is hidden by the name of its key.
  const shown = (key: string, text: string | null) =>
    text === null ? '–' : `<code>${html(/pass|secret|token|key\b|jwt|credential|user$/i.test(key) ? '***' : text)}</code>`
  const rows = differences.rows.map(({ at, server, key, before, after }) => [
    ...[momentOf(at, page), html(server)],
    `${html(key)}: ${shown(key, before)} → ${shown(key, after)}`,
  ])
  return section(page, 'differences', ['time', 'where', 'what'], rows, differences)
}

function notificationsOf(page: Page): string {
  const { facts, language, say } = page
  const rows = facts.messages.rows.map(({ at, endedAt, channel, state, failure }) => {
    const outcome = failure === null || state === 'delivered' ? null : sendFailureText(failure, language)
    return [momentOf(endedAt ?? at, page), html(channel), html(outcome ?? (state === 'refused' ? '–' : say(`dossiers.outcome.${state}`)))]
  })
  return section(page, 'notifications', ['time', 'where', 'what'], rows, facts.messages)
}
