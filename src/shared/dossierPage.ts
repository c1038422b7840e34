import { type Say, sayIn } from '../i18n/say.ts'
import type { AlarmStep } from './alarms.ts'
import { type DossierChart, type DossierFacts, type DossierPicture, type Listed, mostDossierBytes } from './dossier.ts'
import { dossierChart } from './dossierChart.ts'
import { sessionColumns } from './dossierRows.ts'
import { dossierStyle } from './dossierStyle.ts'
import { html } from './dossierText.ts'
import type { DeckEvent } from './events.ts'
import type { Incident } from './incidents.ts'
import { isShippedRule, shippedRules } from './rules.ts'
import type { PastSession } from './sessions.ts'
import { partOf } from './subjectNames.ts'
import { formatInterval, formatMoment, formatStretch, formatValue } from './units.ts'
import { alarmChangeText } from './words/alarmText.ts'
import { eventText } from './words/eventText.ts'
import { incidentTitle, incidentWords } from './words/incidentText.ts'
import type { Language } from './words/languages.ts'
import { reasonText, troubleWords } from './words/reasonText.ts'
import { ruleName } from './words/ruleText.ts'
import { sendFailureText } from './words/sendFailureText.ts'

/** Nothing in it can run or be fetched, whatever its facts say. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

interface Page {
  readonly facts: DossierFacts
  readonly language: Language
  readonly say: Say
}

/**
 * All that is known of an incident or a period as one HTML file, which needs nothing else and has no script; without pictures where it would be too
 * large. Piece by piece, as a long one takes longer than a thread may be held.
 */
export function* dossierPieces(all: DossierFacts, language: Language): Generator<string> {
  const facts = withinSize(all)
  const page: Page = { facts, language, say: sayIn(language) }
  const { say } = page
  const title = facts.incident === null ? say('dossiers.ofPeriod') : incidentTitle(facts.incident, language)
  yield `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width"><title>${html(`${say('dossiers.title')} · ${title}`)}</title><style>${dossierStyle}</style></head><body><main>
${headOf(page, title)}`
  if (facts.incident === null) yield incidentsOf(page)
  yield section(say('dossiers.heads.timeline'), timelineOf(page))
  yield section(say('dossiers.heads.charts'), chartsOf(page, facts.charts) || none(say('dossiers.none.charts')))
  if (facts.hostCharts.length > 0) yield section(say('dossiers.heads.hosts'), chartsOf(page, facts.hostCharts))
  yield section(say('dossiers.heads.pictures'), picturesOf(page))
  yield section(say('dossiers.heads.alarms'), alarmsOf(page))
  yield section(facts.incident === null ? say('dossiers.heads.sessionsThen') : say('dossiers.heads.sessions'), sessionsOf(page))
  yield saidOf(page)
  if (facts.differences !== null) yield section(say('dossiers.heads.differences'), differencesOf(page, facts.differences))
  yield section(say('dossiers.heads.taken'), takenOf(page))
  yield section(say('dossiers.heads.notifications'), notificationsOf(page))
  yield '</main></body></html>\n'
}

/** All but pictures is bounded far below it. */
function withinSize(facts: DossierFacts): DossierFacts {
  const { rows, more } = facts.pictures
  const bytes = rows.reduce((sum, { jpeg }) => sum + jpeg.length, 0)
  return bytes <= mostDossierBytes * 0.8 ? facts : { ...facts, pictures: { rows: [], more: rows.length + more } }
}

const section = (title: string, content: string): string => `<section><h2>${html(title)}</h2>${content}</section>`
const none = (text: string): string => `<p class="none">${html(text)}</p>`
const cellOf = (cell: string): string => `<td>${cell}</td>`
/** `heads` are texts, cells HTML. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], name: string): string {
  const head = heads.map((text) => `<th scope="col">${html(text)}</th>`).join('')
  return `<div class="wide" tabindex="0" role="region" aria-label="${html(name)}"><table><thead><tr>${head}</tr></thead><tbody>${rows
    .map((cells) => `<tr>${cells.map(cellOf).join('')}</tr>`)
    .join('\n')}</tbody></table></div>`
}
const moreOf = ({ more, isLeast = false }: Listed<unknown>, { say }: Page): string =>
  more === 0 ? '' : `<p class="more">${html(say('dossiers.more', { n: more, context: isLeast ? 'least' : undefined }))}</p>`
const momentOf = (at: number, { language }: Page): string =>
  `<time datetime="${new Date(at).toISOString()}">${html(formatMoment(at, 'second', 'utc', language))}</time>`

function headOf(page: Page, title: string): string {
  const { facts, language, say } = page
  const { incident } = facts
  const sentence = incident === null ? null : incidentWords(incident, language)
  const rows: [string, string][] = [
    [say('dossiers.facts.period'), html(`${formatStretch(facts.from, facts.to, 'utc', language)} UTC`)],
    [say('dossiers.facts.servers'), html(facts.servers.length === 0 ? say('dossiers.allServers') : facts.servers.join(', '))],
  ]
  if (incident !== null)
    rows.push(
      [say('dossiers.facts.severity'), `<span class="mark ${incident.severity}">${html(say(`notifications.severity.${incident.severity}`))}</span>`],
      [say('dossiers.facts.state'), html(incident.healedAt === null ? say(`notifications.state.${incident.state}`) : say('notifications.ended'))],
      [say('dossiers.facts.hit'), html(hitText(incident, say))],
      [say('dossiers.columns.began'), momentOf(incident.since, page)],
      [say('dossiers.columns.ended'), untilOf(incident, page)],
    )
  const made = say('dossiers.made', {
    moment: formatMoment(facts.madeAt, 'second', 'utc', language),
    version: facts.version,
    zone: 'UTC',
    context: facts.isHidden ? 'hidden' : undefined,
  })
  return `<header><p class="kind">mtxdeck · ${html(say('dossiers.title'))}</p><h1>${html(title)}</h1>
${facts.isDemo ? `<p class="demo">${html(say('dossiers.ofDemo'))}</p>` : ''}${sentence === null ? '' : `<p class="sentence">${html(sentence.cause)}</p>`}
<dl>${rows.map(([name, value]) => `<div><dt>${html(name)}</dt><dd>${value}</dd></div>`).join('')}</dl>
<p class="made">${html(made)} <span class="screen">${html(say('dossiers.print'))}</span></p></header>
${sentence === null || sentence.todo === '' ? '' : section(say('dossiers.heads.todo'), `<p>${html(sentence.todo)}</p>`)}`
}

/** When it ended, and where it did so unseen how long it may have lasted. */
function untilOf({ since, healedAt, wrongUntil }: Pick<Incident, 'since' | 'healedAt' | 'wrongUntil'>, page: Page): string {
  if (healedAt === null) return html(page.say('dossiers.lasts'))
  const between = wrongUntil === undefined ? '' : ` (${html(formatInterval(Math.max(0, wrongUntil - since), healedAt - since, page.language))})`
  return `${momentOf(healedAt, page)}${between}`
}

const severityMark = (severity: Incident['severity'], language: Language): string =>
  `<span class="mark ${severity}">${html(sayIn(language)(`notifications.severity.${severity}`))}</span>`

function incidentsOf(page: Page): string {
  const { facts, language, say } = page
  if (facts.incidents.rows.length === 0) return ''
  const rows = facts.incidents.rows.map((incident) => [
    momentOf(incident.since, page),
    untilOf(incident, page),
    severityMark(incident.severity, language),
    html(incidentTitle(incident, language)),
    html(incidentWords(incident, language).cause),
  ])
  return section(
    say('dossiers.heads.incidents'),
    table(
      [
        say('dossiers.columns.time'),
        say('dossiers.columns.until'),
        say('dossiers.columns.severity'),
        say('dossiers.columns.where'),
        say('dossiers.columns.what'),
      ],
      rows,
      say('dossiers.heads.incidents'),
    ) + moreOf(facts.incidents, page),
  )
}

function placeOf({ subject, serverName }: Pick<AlarmStep, 'subject' | 'serverName'>): string {
  const part = partOf(subject)
  return part === null ? serverName : `${serverName} · ${part}`
}
function eventPlace({ subject, ownerName }: DeckEvent): string {
  const part = subject === null ? null : partOf(subject)
  return part === null ? (ownerName ?? '') : `${ownerName} · ${part}`
}
/** How much an incident hits, as far as that is known. */
function hitText({ serversTotal, streams, readers }: Pick<Incident, 'serversTotal' | 'streams' | 'readers'>, say: Say): string {
  return [
    say('dossiers.hitServers', { servers: serversTotal }),
    ...(streams === null ? [] : [say('dossiers.hitStreams', { streams })]),
    ...(readers === null ? [] : [say('dossiers.hitReaders', { readers })]),
  ].join(', ')
}

/** What is wrong, in a few words: the name of the rule, as it is called now; of one that was removed since, its id. */
function titleOf({ rules }: DossierFacts, language: Language, { kind, rule = kind }: Pick<AlarmStep, 'kind' | 'rule'>): string {
  const given = rules.find(({ id }) => id === rule)
  if (given !== undefined) return ruleName(given, language)
  return isShippedRule(rule) ? ruleName({ id: rule, watches: shippedRules[rule].watches }, language) : rule
}
const namesOf = ({ facts, language }: Page, { kind, rule }: Pick<AlarmStep, 'kind' | 'rule'>) => ({
  trouble: (trouble: AlarmStep['kind']) => titleOf(facts, language, { kind: trouble, ...(trouble === kind && rule !== undefined && { rule }) }),
  severity: (severity: Incident['severity']) => sayIn(language)(`notifications.severity.${severity}`),
})

function timelineOf(page: Page): string {
  const { facts, language, say } = page
  const rows = [
    ...facts.steps.rows.map((step) => ({
      at: step.change.at,
      what: alarmChangeText(step.change, language, namesOf(page, step)),
      where: placeOf(step),
      isAlarm: true,
    })),
    ...facts.events.rows.map((event) => ({ at: event.at, what: eventText(event, language), where: eventPlace(event), isAlarm: false })),
  ].sort((a, b) => a.at - b.at)
  if (rows.length === 0) return none(say('dossiers.none.timeline'))
  const more = { rows: [], more: facts.steps.more + facts.events.more, isLeast: facts.steps.isLeast === true || facts.events.isLeast === true }
  return (
    table(
      [say('dossiers.columns.time'), say('dossiers.columns.where'), say('dossiers.columns.what')],
      rows.map(({ at, what, where, isAlarm }) => [momentOf(at, page), html(where), isAlarm ? `<b>${html(what)}</b>` : html(what)]),
      say('dossiers.heads.timeline'),
    ) + moreOf(more, page)
  )
}

function chartsOf({ facts, language, say }: Page, charts: readonly DossierChart[]): string {
  const drawn = new Map<string, DossierChart[]>()
  for (const chart of charts) {
    const of = drawn.get(chart.name) ?? []
    drawn.set(chart.name, of)
    of.push(chart)
  }
  const groups = Array.from(drawn, ([name, of]) => {
    const drawings = of.map((chart) => dossierChart(chart, facts.from, facts.to, say, language)).join('\n')
    return drawings.trim() === '' ? '' : `<h3>${html(name)}</h3><div class="charts">${drawings}</div>`
  }).join('\n')
  return groups.trim() === '' ? '' : `${groups}<p class="legend">${html(say('dossiers.unknown'))}</p>`
}

const isJpeg = ({ jpeg }: DossierPicture): boolean => /^\/9j\/[A-Za-z0-9+/]+={0,2}$/.test(jpeg)
function picturesOf(page: Page): string {
  const { facts, language, say } = page
  const drawn = facts.pictures.rows.filter(isJpeg)
  if (drawn.length === 0) return facts.pictures.more > 0 ? moreOf(facts.pictures, page) : none(say('dossiers.none.pictures'))
  const figures = drawn.map((picture) => {
    const { server, path, at, jpeg, isSlate, widthPx, heightPx } = picture
    const name = `${server} · ${path}`
    const alt = `${name}, ${formatMoment(at, 'second', 'utc', language)}${isSlate ? ` (${say('dossiers.slate')})` : ''}`
    return `<figure><img src="data:image/jpeg;base64,${jpeg}" width="${Math.round(widthPx)}" height="${Math.round(heightPx)}" alt="${html(alt)}"><figcaption>${html(name)}<br>${momentOf(at, page)}${isSlate ? ` · ${html(say('dossiers.slate'))}` : ''}</figcaption></figure>`
  })
  return `<div class="pictures">${figures.join('\n')}</div>${moreOf(facts.pictures, page)}`
}

function alarmsOf(page: Page): string {
  const { facts, language, say } = page
  const unread = facts.isAlarmsUnread ? none(say('dossiers.alarmsUnread')) : ''
  if (facts.alarms.rows.length === 0) return unread || none(say('dossiers.none.alarms'))
  const rows = facts.alarms.rows.map((alarm) => [
    momentOf(alarm.since, page),
    untilOf(alarm, page),
    severityMark(alarm.severity, language),
    html(placeOf(alarm)),
    `<b>${html(titleOf(facts, language, alarm))}</b> ${html(troubleWords(alarm, language).text)}`,
  ])
  return (
    unread +
    table(
      [
        say('dossiers.columns.began'),
        say('dossiers.columns.until'),
        say('dossiers.columns.severity'),
        say('dossiers.columns.where'),
        say('dossiers.columns.what'),
      ],
      rows,
      say('dossiers.heads.alarms'),
    ) +
    moreOf(facts.alarms, page)
  )
}

function sessionRow(session: PastSession, page: Page): Record<(typeof sessionColumns)[number], string> {
  const { language, say } = page
  const { path, server, role, protocol, remoteAddr, user, userAgent, began, ended, bytes, lost } = session
  return {
    stream: html(path),
    server: html(server),
    role: html(say(`dossiers.role.${role}`)),
    protocol: html(protocol),
    address: html(remoteAddr ?? '–'),
    user: html(user ?? '–'),
    agent: html((userAgent ?? '–').slice(0, 200)),
    began: momentOf(began, page),
    ended: ended === null ? html(say('dossiers.lasts')) : momentOf(ended, page),
    bytes: html(formatValue(bytes, 'bytes', language)),
    lost: html(formatValue(lost, 'count', language)),
  }
}
function sessionsOf(page: Page): string {
  const { facts, language, say } = page
  const { sessions, sessionsSince, from } = facts
  const kept =
    sessionsSince === null
      ? `<p class="none">${html(say('dossiers.sessionsNotKept'))}</p>`
      : sessionsSince > from
        ? `<p class="none">${html(say('dossiers.sessionsSince', { moment: `${formatMoment(sessionsSince, 'second', 'utc', language)} UTC` }))}</p>`
        : ''
  if (sessions.rows.length === 0) return kept + (sessionsSince === null ? '' : none(say('dossiers.none.sessions')))
  const rows = sessions.rows.map((session) => {
    const row = sessionRow(session, page)
    return sessionColumns.map((column) => row[column])
  })
  return (
    kept +
    table(
      sessionColumns.map((column) => say(`dossiers.columns.${column}`)),
      rows,
      say('dossiers.heads.sessions'),
    ) +
    moreOf(sessions, page)
  )
}

/** What servers and logs gave as reasons, each once. */
function saidOf(page: Page): string {
  const { facts, language, say } = page
  const said = new Map<string, string>()
  const add = (where: string, text: string | undefined) =>
    text && said.size < 100 && said.set(`${where} ${text}`, `<li><b>${html(where)}</b>: ${html(text)}</li>`)
  for (const alarm of facts.alarms.rows) add(placeOf(alarm), alarm.said)
  for (const step of facts.steps.rows) if (step.change.kind === 'why') add(placeOf(step), step.change.said ?? reasonText(step.change.why, language))
  return said.size === 0 ? '' : section(say('dossiers.heads.said'), `<ul>${[...said.values()].join('\n')}</ul>`)
}

function differencesOf(page: Page, differences: NonNullable<DossierFacts['differences']>): string {
  const { say } = page
  if (differences.rows.length === 0) return none(say('dossiers.none.differences'))
  const value = (text: string | null) => (text === null ? '–' : `<code>${html(text)}</code>`)
  // A pair, so that a value is hidden by the name of its key.
  const shown = (key: string, text: string | null) => (text === null ? value(null) : value(withoutKey(key, text)))
  const rows = differences.rows.map(({ at, server, key, before, after }) => [
    momentOf(at, page),
    html(server),
    html(key),
    shown(key, before),
    shown(key, after),
  ])
  return (
    table(
      [
        say('dossiers.columns.time'),
        say('dossiers.columns.server'),
        say('dossiers.columns.what'),
        say('dossiers.columns.before'),
        say('dossiers.columns.after'),
      ],
      rows,
      say('dossiers.heads.differences'),
    ) + moreOf(differences, page)
  )
}
/** The value of a key; of one that is named like a secret, its mark. */
const withoutKey = (key: string, text: string): string => (/pass|secret|token|key\b|jwt|credential|user$/i.test(key) ? '***' : text)

const byOperators: ReadonlySet<string> = new Set(['acknowledged', 'unacknowledged', 'shelved', 'unshelved', 'commented'])
function takenOf(page: Page): string {
  const { facts, language, say } = page
  const rows = facts.steps.rows
    .filter(({ change }) => byOperators.has(change.kind))
    .map((step) => [momentOf(step.change.at, page), html(placeOf(step)), html(alarmChangeText(step.change, language, namesOf(page, step)))])
  return rows.length === 0
    ? none(say('dossiers.none.taken'))
    : table([say('dossiers.columns.time'), say('dossiers.columns.where'), say('dossiers.columns.what')], rows, say('dossiers.heads.taken'))
}

function notificationsOf(page: Page): string {
  const { facts, language, say } = page
  if (facts.messages.rows.length === 0) return none(say('dossiers.none.notifications'))
  const rows = facts.messages.rows.map(({ at, channel, event, state, failure }) => [
    momentOf(at, page),
    html(channel),
    html(say(`dossiers.event.${event}`)),
    html(say(`dossiers.outcome.${state}`) + (failure === null || state === 'delivered' ? '' : `: ${sendFailureText(failure, language)}`)),
  ])
  return (
    table(
      [say('dossiers.columns.time'), say('dossiers.columns.channel'), say('dossiers.columns.what'), say('dossiers.columns.outcome')],
      rows,
      say('dossiers.heads.notifications'),
    ) + moreOf(facts.messages, page)
  )
}
