import type { Cell, DocumentSection, ShiftDocument } from '../shared/documentPage.ts'
import type { Handover, HandoverFacts } from '../shared/handovers.ts'
import type { Incident } from '../shared/incidents.ts'
import { subjectName } from '../shared/subjectNames.ts'
import { formatAvailability, formatMoment, formatStretch, formatTotal, formatValue, type ShownZone } from '../shared/units.ts'
import { takerName } from './alarmText.ts'
import { incidentCause, incidentTitle } from './incidentText.ts'
import type { Language } from './languages.ts'
import { ruleNameOf } from './ruleText.ts'
import { type Say, sayIn } from './say.ts'
import { joined } from './texts.ts'

type BriefAlarm = HandoverFacts['shelved']['rows'][number]
type Row = { readonly subject: BriefAlarm['subject'] }

export function numberCell(text: string): Cell {
  return { text, isNumber: true }
}
/** Where it was: "Berlin · cam1". */
export function placeCell({ subject, name }: Row & { readonly name: string }): Cell {
  return { text: subjectName(subject, name), subject }
}
export function severityCell({ severity }: Pick<BriefAlarm, 'severity'>, say: Say): Cell {
  return { text: say(`notifications.severity.${severity}`), severity }
}

/** A handover, or what would be handed over now, as the window, paper and mail show it. Times are in `zone`. */
export function handoverDocument(facts: HandoverFacts, given: Omit<Handover, 'facts' | 'id'> | null, language: Language, zone: ShownZone): ShiftDocument {
  const say = sayIn(language)
  const moment = (at: number) => formatMoment(at, 'minute', zone, language)
  const { began, incidents, taken } = facts.figures
  const count = (value: number) => formatValue(value, 'count', language)
  const lead =
    given === null
      ? []
      : [
          say('shift.handedOver', { by: given.by, moment: moment(given.at) }),
          given.taken === null ? say('shift.notTaken') : say('shift.takenOver', { by: given.taken.by, moment: moment(given.taken.at) }),
          ...(given.note === '' ? [] : [given.note]),
        ]
  const unseen = facts.unseen?.total ? [incidentsSection(facts.unseen, 'unseen', facts.at, say, moment)] : []
  return {
    language,
    title: given === null ? say('shift.handover') : `${say('shift.handover')} · ${moment(given.at)}`,
    cautions: [],
    lead: [...lead, say('shift.since', { moment: moment(facts.since), context: facts.isSinceHandover ? undefined : 'none' })],
    figures: [
      [say('shift.figures.open'), count(facts.open.total)],
      [say('shift.figures.began'), count(began)],
      [say('shift.figures.incidents'), count(incidents)],
      [say('shift.figures.taken'), count(taken)],
    ],
    sections: [incidentsSection(facts.open, 'open', facts.at, say, moment), ...unseen, shelvedSection(facts, say, moment), ...restSections(facts, say, zone)],
    foot: say('shift.foot', { moment: moment(facts.at) }),
  }
}

type Moment = (at: number) => string
const more = ({ rows, total }: { readonly rows: readonly unknown[]; readonly total: number }) => total - rows.length

function incidentsSection({ rows, total }: HandoverFacts['open'], id: 'open' | 'unseen', at: number, say: Say, moment: Moment): DocumentSection {
  const { language } = say
  const time = ({ since, healedAt }: Incident) =>
    `${[since, healedAt ?? []].flat().map(moment).join(' – ')} (${formatTotal((healedAt ?? at) - since, language)})`
  return {
    id,
    title: say(`shift.${id}`),
    heads: [say('shift.heads.severity'), say('shift.heads.what'), say('shift.heads.since'), say('shift.heads.who')],
    rows: rows.map(({ incident, taken, comment, times = 1 }) => [
      severityCell(incident, say),
      { text: joined(`${incidentTitle(incident, language)}:`, incidentCause(incident, language)), incident: incident.id },
      { text: joined(time(incident), times > 1 && `· ${say('counts.time', { count: times })}`) },
      {
        text: joined(
          taken === null ? say('shift.nobody') : `${takerName(taken, language)}, ${moment(taken.at)}.`,
          comment !== null && say('shift.comment', { ...comment }),
        ),
      },
    ]),
    none: say('shift.noneOpen'),
    more: more({ rows, total }),
  }
}

function shelvedSection({ shelved }: HandoverFacts, say: Say, moment: Moment): DocumentSection {
  return {
    id: 'shelved',
    title: say('shift.shelved'),
    heads: [say('shift.heads.what'), say('shift.heads.until'), say('shift.heads.who'), say('shift.heads.reason')],
    rows: shelved.rows.map((alarm) => [
      { text: `${placeCell({ ...alarm, name: alarm.serverName }).text}: ${ruleNameOf(alarm, say.language)}`, alarm: alarm.id },
      { text: moment(alarm.until) },
      { text: `${alarm.by}, ${moment(alarm.at)}` },
      { text: alarm.reason },
    ]),
    none: say('shift.noneShelved'),
    more: more(shelved),
  }
}

function restSections({ maintenance, worst, since, at }: HandoverFacts, say: Say, zone: ShownZone): readonly DocumentSection[] {
  const { language } = say
  const stretch = formatStretch(since, at, zone, language)
  return [
    {
      id: 'worst',
      title: say('shift.worst'),
      note: say('shift.worstNote', { stretch }),
      heads: [say('shift.heads.where'), say('shift.heads.percent'), say('shift.heads.down'), say('shift.heads.outages'), say('shift.heads.longest')],
      rows: (worst ?? []).map((row) => [
        placeCell(row),
        numberCell(formatAvailability(row.percent, language)),
        numberCell(formatTotal(row.downMs, language)),
        numberCell(formatValue(row.outages, 'count', language)),
        numberCell(formatTotal(row.longestMs, language)),
      ]),
      none: say(worst === null ? 'shift.worstUnread' : 'shift.noneWorst'),
    },
    {
      id: 'maintenance',
      title: say('shift.maintenance'),
      heads: [say('shift.heads.what'), say('shift.heads.scope'), say('shift.heads.when')],
      rows: maintenance.rows.map(({ name, scope, from, to }) => [
        { text: name },
        { text: [scope.tags, scope.servers, scope.streams].flat().join(', ') || say('shift.everything') },
        { text: joined(formatStretch(from, to, zone, language), from <= at && say('shift.lasts')) },
      ]),
      none: say('shift.noneMaintenance'),
      more: more(maintenance),
    },
  ]
}
