import type { Availability } from '../shared/availability.ts'
import { toCsv } from '../shared/csv.ts'
import { partOf } from '../shared/subjectNames.ts'
import { isoOf } from '../shared/time.ts'

const head = [
  'kind',
  'name',
  'path',
  'percent',
  'upSeconds',
  'downSeconds',
  'outages',
  'longestSeconds',
  'repairSeconds',
  'unknownSeconds',
  'maintenanceSeconds',
]
const seconds = (ms: number): number => Math.round(ms / 1_000)

/** A report of availability as a file for a spreadsheet. */
export function availabilityCsv({ from, to, rows }: Availability): Response {
  const lines = rows.map(({ subject, name, percent, outages, repairMs, ...ms }) => [
    subject.kind,
    name,
    partOf(subject),
    percent,
    seconds(ms.upMs),
    seconds(ms.downMs),
    outages,
    seconds(ms.longestMs),
    repairMs && seconds(repairMs),
    seconds(ms.unknownMs),
    seconds(ms.maintenanceMs),
  ])
  const days = [from, to].map((at) => isoOf(at).slice(0, 10)).join('-')
  return new Response(toCsv(head, lines), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="mtxdeck-availability-${days}.csv"`,
    },
  })
}
