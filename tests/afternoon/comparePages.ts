import { incidentCause } from '../../src/i18n/incidentText.ts'
import { isBesides } from '../../src/shared/causes.ts'
import type { FleetSummary, TroubleReport } from '../../src/shared/fleet.ts'
import type { Incident } from '../../src/shared/incidents.ts'
import type { Server } from '../../src/shared/servers.ts'
import { type StreamReport, streamStates } from '../../src/shared/streams.ts'
import { formatDuration, formatValue } from '../../src/shared/units.ts'
import type { ShownPages } from './shownPages.ts'

/** What REST says at the same moment. */
interface ByRest {
  readonly summary: FleetSummary
  readonly servers: readonly Server[]
  readonly reports: readonly StreamReport[]
  readonly troubles: readonly TroubleReport[]
  /** Open ones, worst first. */
  readonly incidents: readonly Incident[]
}

/** Compares what Overview, Streams and the page of each server show as text with what REST says; returns the texts, by page. */
export async function comparePages(
  pages: ShownPages,
  at: number,
  { summary, servers, reports, troubles, incidents }: ByRest,
  same: (what: string, said: Readonly<Record<string, unknown>>) => void,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const shown = new Map<string, readonly string[]>()
  const countOf = (list: readonly StreamReport[], state: string) => list.filter((report) => report.state === state).length
  const expectedOf = (list: readonly StreamReport[]) => list.filter(({ expected }) => expected).length
  /** How many are live that nobody expects. */
  const moreLiveOf = (list: readonly StreamReport[]) => list.filter(({ expected, state }) => !expected && state === 'live').length
  const expectedLiveOf = (list: readonly StreamReport[]) => list.filter(({ expected, state }) => expected && state === 'live').length

  const overview = await pages.texts('/', at)
  shown.set('Overview', overview)
  /** What stands behind a label, without whom a sum leaves out. */
  const behind = (label: string) => {
    const place = overview.indexOf(label) + 1
    return overview.slice(overview[place]?.startsWith('·') ? place + 1 : place)
  }
  const { totals, unknownServerNames } = summary
  const { serversRefused: refused, serversDown: down, serversUnknown: unknown } = summary
  const serversUp = [
    `of ${servers.length}`,
    ...(refused > 0 ? [`access refused ${refused}`] : []),
    ...(down > 0 ? [`not answering ${down}`] : []),
    ...(unknown > 0 ? [`unknown ${unknown}`] : []),
  ].join(' · ')
  same('Overview: servers up', { page: behind('Servers up').slice(0, 2), REST: [String(summary.serversUp), serversUp] })
  const heading = `Streams · ${expectedOf(reports)} expected`
  same('Overview: streams', {
    page: [overview.includes(heading), behind(heading).find((text) => /^\d+$/.test(text))],
    REST: [true, String(expectedLiveOf(reports))],
  })
  for (const [label, value] of [
    ['In', totals.bitrateInBps],
    ['Out', totals.bitrateOutBps],
  ] as const)
    same(`Overview: ${label}`, {
      page: behind(label)
        .slice(0, value === null ? 1 : 2)
        .join(' '),
      REST: formatValue(value, 'bps'),
    })
  same('Overview: readers', { page: behind('Readers')[0], REST: formatValue(totals.readers, 'count') })
  const without = overview.find((text) => text.startsWith('without '))
  same('Overview: whom the sums leave out', { page: unknownServerNames.every((name) => without?.includes(name)), REST: true })
  same('Overview: all is well', { page: overview.includes('all is well'), 'penalty box': overview.includes('No stream in trouble') })
  same('Overview: in trouble', { page: behind('In trouble')[0], REST: String(incidents.length) })
  const [worst] = incidents
  // A card leaves out what it was not.
  if (worst !== undefined)
    same('Overview: the worst', {
      page: [
        overview.includes(incidentCause({ ...worst, causes: worst.causes?.filter((one) => !isBesides(one)) }, 'en')),
        overview.includes(`${incidents.length} ${incidents.length === 1 ? 'incident' : 'incidents'}`),
      ],
      REST: [true, true],
    })
  // Its table: from a server's name to the next.
  const table = overview.slice(overview.indexOf('Version'))
  const starts = servers.map(({ name }) => table.indexOf(name)).toSorted((a, b) => a - b)
  for (const server of servers) {
    const from = table.indexOf(server.name)
    const row = table.slice(
      from,
      starts.find((start) => start > from),
    )
    const list = reports.filter(({ serverId }) => serverId === server.id)
    const said = server.state === 'down' ? 'not answering' : server.state === 'halted' ? 'access refused' : null
    same(`Overview: row of ${server.name}`, {
      page: ['not answering', 'access refused'].find((words) => row.some((text) => text.startsWith(words))) ?? null,
      REST: said,
    })
    const unknown = countOf(list, 'unknown')
    const allUnknown = unknown > 0 && unknown === list.length - countOf(list, 'ended')
    same(`Overview: row of ${server.name}, nothing known`, { page: row.includes(`unknown ${unknown}`), REST: allUnknown })
    if (server.state === 'up' && unknown === 0)
      same(`Overview: row of ${server.name}, live`, {
        page: row.includes(`/ ${expectedOf(list)}${moreLiveOf(list) > 0 ? ` + ${moreLiveOf(list)}` : ''}`) && row.includes(String(expectedLiveOf(list))),
        REST: true,
      })
  }

  const streams = await pages.texts('/streams', at)
  shown.set('Streams', streams)
  for (const state of streamStates) {
    const count = countOf(reports, state)
    if (count > 0) same(`Streams: ${state}`, { page: streams[streams.indexOf(state) + 1], REST: String(count) })
  }
  const ended = countOf(reports, 'ended')
  const rows = [`${reports.length} of ${reports.length}`, ...(ended > 0 ? [`${ended} ended`] : [])].join(' · ')
  same('Streams: rows', { page: streams.find((text) => /^\d+ of \d+/.test(text)), REST: rows })

  for (const server of servers) {
    const page = await pages.texts(`/servers/${server.id}`, at)
    shown.set(server.name, page)
    const list = reports.filter(({ serverId }) => serverId === server.id)
    const [name, state, live] = page
    const since = formatDuration(at - (server.outageSince ?? server.stateSince))
    const words = { up: `answering for ${formatDuration(at - server.stateSince)}`, down: `not answering ${since}`, halted: `access refused ${since}` }
    same(`page of ${server.name}: its state`, { page: [name, state], REST: [server.name, words[server.state as keyof typeof words] ?? state] })
    const isUnknown = countOf(list, 'unknown') === list.length - countOf(list, 'ended')
    const streamsOf = isUnknown
      ? `${expectedOf(list)} expected streams, state unknown`
      : `${expectedLiveOf(list)} of ${expectedOf(list)} expected streams live${moreLiveOf(list) > 0 ? `, ${moreLiveOf(list)} more live` : ''}`
    same(`page of ${server.name}: its streams`, { page: live?.split(' ·')[0], REST: streamsOf })
    const [trouble] = troubles.filter(({ serverId, path }) => serverId === server.id && path === null)
    if (trouble !== undefined) same(`page of ${server.name}: its trouble`, { page: page.includes(trouble.text ?? ''), REST: true })
    for (const { path, text } of troubles.filter(({ serverId, path }) => serverId === server.id && path !== null))
      same(`page of ${server.name}: trouble of ${path}`, { page: page.includes(path ?? '') && page.includes(text ?? ''), REST: true })
  }
  return shown
}
