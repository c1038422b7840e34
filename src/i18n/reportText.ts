import type { Availability } from '../shared/availability.ts'
import { toCsv } from '../shared/csv.ts'
import type { DocumentSection, ShiftDocument } from '../shared/documentPage.ts'
import type { ReportFacts } from '../shared/reports.ts'
import { pathOf } from '../shared/subjectNames.ts'
import { formatAvailability, formatMoment, formatNumber, formatStretch, formatTotal, formatValue, type ShownZone } from '../shared/units.ts'
import { takerName } from './alarmText.ts'
import { numberCell, placeCell, severityCell } from './handoverText.ts'
import type { Language } from './languages.ts'
import { ruleNameOf } from './ruleText.ts'
import { type Say, sayIn } from './say.ts'

/** Rows of each table: the rest is in the CSV file, or in the console. */
const mostProjects = 30
const mostOutages = 20
const mostAlarms = 25
const mostWatched = 10

export function reportDocument(facts: ReportFacts, language: Language): ShiftDocument {
  const say = sayIn(language)
  const zone: ShownZone = `in ${facts.zone}`
  const { all, alarms, period, scope } = facts
  const count = (value: number) => formatValue(value, 'count', language)
  const moment = (at: number) => formatMoment(at, 'minute', zone, language)
  const places = [...scope.tags, ...scope.servers]
  return {
    language,
    title: `${facts.name} · ${formatStretch(period.from, period.to, zone, language)}`,
    cautions: [...(facts.isDemo ? [say('dossiers.ofDemo')] : []), ...(facts.dueAt === null ? [] : [say('shift.report.late', { moment: moment(facts.dueAt) })])],
    lead: places.length === 0 ? [] : [say('shift.report.scope', { places })],
    figures: [
      [say('shift.heads.percent'), formatAvailability(all.percent, language)],
      [say('shift.heads.outages'), count(all.outages)],
      [say('shift.heads.down'), formatTotal(all.downMs, language)],
      [say('shift.heads.unknown'), formatTotal(all.unknownMs, language)],
      [say('shift.maintenanceTime'), formatTotal(all.maintenanceMs, language)],
      [say('shift.figures.began'), count(alarms.began)],
      [say('shift.figures.taken'), count(alarms.taken)],
    ],
    sections: [
      projectsSection(facts, say),
      outagesSection(facts, say, moment),
      alarmsSection(facts, say, moment),
      takersSection(facts, say),
      watchedSection(facts, say),
    ],
    foot: say('shift.report.foot', { moment: moment(facts.madeAt), zone: facts.zone }),
  }
}

function projectsSection({ projects, left, notCounted }: ReportFacts, say: Say): DocumentSection {
  const { language } = say
  const heads = ['tag', 'streams', 'percent', 'down', 'outages', 'longest', 'unknown'] as const
  return {
    id: 'projects',
    title: say('shift.report.projects'),
    note: say('shift.report.projectsNote', { notCounted, left, context: left > 0 ? 'left' : undefined }),
    heads: [...heads.map((head) => say(`shift.heads.${head}`)), say('shift.maintenanceTime')],
    rows: projects
      .slice(0, mostProjects)
      .map(({ tag, streams, figures }) => [
        { text: tag ?? say('shift.report.noTag') },
        numberCell(formatValue(streams, 'count', language)),
        numberCell(formatAvailability(figures.percent, language)),
        numberCell(formatTotal(figures.downMs, language)),
        numberCell(formatValue(figures.outages, 'count', language)),
        numberCell(formatTotal(figures.longestMs, language)),
        numberCell(formatTotal(figures.unknownMs, language)),
        numberCell(formatTotal(figures.maintenanceMs, language)),
      ]),
    none: say('shift.report.noneWatched'),
    more: Math.max(0, projects.length - mostProjects),
  }
}

type Moment = (at: number) => string

function outagesSection({ outages, outagesTotal }: ReportFacts, say: Say, moment: Moment): DocumentSection {
  const shown = outages.slice(0, mostOutages)
  return {
    id: 'outages',
    title: say('shift.report.outages'),
    heads: [say('shift.heads.where'), say('shift.heads.from'), say('shift.heads.until'), say('shift.heads.down')],
    rows: shown.map((outage) => [
      placeCell(outage),
      { text: moment(outage.from) },
      { text: moment(outage.to) },
      numberCell(formatTotal(outage.downMs, say.language)),
    ]),
    none: say('shift.report.noneOutages'),
    more: outagesTotal - shown.length,
  }
}

function alarmsSection({ alarms: { rows, total, knownFrom }, period }: ReportFacts, say: Say, moment: Moment): DocumentSection {
  const { language } = say
  const worst = rows.slice(0, mostAlarms)
  return {
    id: 'alarms',
    title: say('shift.report.alarms'),
    ...(knownFrom > period.from && { note: say('shift.report.alarmsSince', { moment: moment(knownFrom) }) }),
    heads: (['severity', 'where', 'what', 'since', 'lasted', 'who'] as const).map((head) => say(`shift.heads.${head}`)),
    rows: worst.map((alarm) => [
      severityCell(alarm, say),
      placeCell({ ...alarm, name: alarm.serverName }),
      { text: ruleNameOf(alarm, language) },
      { text: moment(alarm.since) },
      numberCell(alarm.endedAt === null ? say('dossiers.lasts') : formatTotal(alarm.endedAt - alarm.since, language)),
      { text: alarm.takenBy === null ? say('shift.nobody') : takerName(alarm.takenBy, language) },
    ]),
    none: say('shift.report.noneAlarms'),
    more: total - worst.length,
  }
}

function takersSection({ alarms: { takers } }: ReportFacts, say: Say): DocumentSection {
  return {
    id: 'takers',
    title: say('shift.report.takers'),
    heads: [say('shift.heads.who'), say('shift.heads.taken'), say('shift.heads.takenAfter')],
    rows: takers.map(({ by, link, taken, takenAfterMs }) => [
      { text: takerName(link === null ? { by } : { by, link }, say.language) },
      numberCell(formatValue(taken, 'count', say.language)),
      numberCell(formatTotal(takenAfterMs, say.language)),
    ]),
    none: say('shift.report.noneTaken'),
  }
}

function watchedSection({ watched }: ReportFacts, say: Say): DocumentSection {
  return {
    id: 'watched',
    title: say('shift.report.watched'),
    note: say('shift.report.watchedNote'),
    heads: [say('shift.heads.where'), say('shift.heads.hours')],
    rows: (watched ?? [])
      .slice(0, mostWatched)
      .map(({ camera, hours, ...stream }) => [
        camera === null ? placeCell(stream) : { text: camera.project === null ? camera.name : `${camera.project} · ${camera.name}` },
        numberCell(formatNumber(hours, 1, say.language)),
      ]),
    none: say(watched === null ? 'shift.report.viewersUnknown' : 'shift.report.noneViewed'),
    more: Math.max(0, (watched?.length ?? 0) - mostWatched),
  }
}

const seconds = (ms: number | null) => (ms === null ? null : Math.round(ms / 1_000))
type AvailabilityFigures = Pick<
  Availability['rows'][number],
  'percent' | 'outages' | 'upMs' | 'downMs' | 'longestMs' | 'repairMs' | 'unknownMs' | 'maintenanceMs'
>
export const availabilityHead = ['percent', 'upSeconds', 'downSeconds', 'outages', 'longestSeconds', 'repairSeconds', 'unknownSeconds', 'maintenanceSeconds']
export function availabilityCells({ percent, outages, ...ms }: AvailabilityFigures) {
  const after = [ms.longestMs, ms.repairMs, ms.unknownMs, ms.maintenanceMs].map(seconds)
  return [percent, seconds(ms.upMs), seconds(ms.downMs), outages, ...after]
}
/** Every stream of a report with the figures that its page sums up. */
export function reportCsv({ streams }: ReportFacts): string {
  const rows = streams.map((row) => [row.tags.join(' '), row.name, pathOf(row.subject), ...availabilityCells(row), row.watchedHours])
  return toCsv(['tags', 'server', 'path', ...availabilityHead, 'watchedHours'], rows)
}
