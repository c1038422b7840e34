import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import { type Chain, type IncidentWords, streamName } from './incidentWords.ts'

const say = sayIn('de')
const streams = (count: number) => say.count(count, { one: 'Stream', other: 'Streams' })
const servers = (count: number) => say.count(count, { one: 'Server', other: 'Server' })
const within = (ms: number) => `innerhalb von ${say.duration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))}`
const ofAll = (count: number, of: number) =>
  count === of ? `alle ${streams(count)}` : `${say.number(count)} von ${say.count(of, { one: 'Stream', other: 'Streams' })}`

const verbs = { pull: 'wird abgeholt bei', forward: 'wird weitergeleitet von' } as const
const chain: Chain = (stream, upstreams) => `${streamName(stream)} ${upstreams.map((one) => `${verbs[one.by]} ${streamName(one)}`).join(', dieser ')}`

export const de: Rest<IncidentWords> = {
  streams,
  servers,
  hit: (what, shared) => `${what}: ${shared.join('; ')}.`,
  unknown: (before) => `Unbekannt, solange der Server nicht antwortet. Vorher: ${before}`,
  factors: {
    server: ({ servers: down, streams: unknown, alarms, earlierMs, isOver }) =>
      isOver === true
        ? `Rest eines Ausfalls ${down === 1 ? 'des Servers' : 'der Server'}, der vorbei ist: ${streams(alarms)}.`
        : joined(
            unknown !== null && unknown > 0 && `Zustand deshalb unbekannt: ${streams(unknown)}.`,
            alarms > 0 &&
              `Das erklärt auch ${say.count(alarms, { one: 'Alarm', other: 'Alarme' })} von Streams${earlierMs === null ? '' : `, den ersten ${say.duration(earlierMs)} vorher`}.`,
          ),
    servers: ({ count, of, spanMs }) => `${count === of ? `Alle ${servers(count)}` : `${say.number(count)} von ${servers(of)}`} fielen ${within(spanMs)} aus.`,
    path: ({ path, servers: on, spanMs }) => `${path} auf ${say.count(on, { one: 'Server', other: 'Servern' })}, ${within(spanMs)}`,
    together: ({ value, count, of, spanMs }) => `${ofAll(count, of)} auf ${value}, ${within(spanMs)}`,
    address: ({ value, count, of, spanMs }) => `${ofAll(count, of)} von der Adresse ${value}, ${within(spanMs)}`,
    source: ({ value, count, of, spanMs }) => `${ofAll(count, of)}, abgeholt bei ${value}, ${within(spanMs)}`,
    network: ({ value, count, of, spanMs }) => `${ofAll(count, of)} aus dem Netz ${value}, ${within(spanMs)}`,
    agent: ({ value, count, of, spanMs }) => `${ofAll(count, of)}, gesendet mit „${value}“, ${within(spanMs)}`,
    upstream: ({ count, servers: on, stream, upstreams }) =>
      `${count === 1 ? '' : `${streams(count)} auf ${say.count(on, { one: 'Server', other: 'Servern' })} kommen von dort, etwa: `}${chain(stream, upstreams)}.`,
  },
}
