import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import { type Chain, type IncidentWords, streamName } from './incidentWords.ts'

const say = sayIn('en')
const streams = (count: number) => say.count(count, { one: 'stream', other: 'streams' })
const servers = (count: number) => say.count(count, { one: 'server', other: 'servers' })
/** How far apart they began, in whole seconds. */
const within = (ms: number) => `within ${say.duration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))}`
const ofAll = (count: number, of: number) => (count === of ? `all ${streams(count)}` : `${say.number(count)} of ${streams(of)}`)

const verbs = { pull: 'pulls from', forward: 'is forwarded from' } as const
const chain: Chain = (stream, upstreams) => `${streamName(stream)} ${upstreams.map((one) => `${verbs[one.by]} ${streamName(one)}`).join(', which ')}`

export const en: Rest<IncidentWords> = {
  streams,
  servers,
  hit: (what, shared) => `${what} on ${shared.join('; ')}.`,
  unknown: (before) => `Unknown while its server does not answer. Before: ${before}`,
  factors: {
    server: ({ servers: down, streams: unknown, alarms, earlierMs, isOver }) =>
      isOver === true
        ? `Left of an outage of ${down === 1 ? 'its server' : 'their servers'}, which is over: ${streams(alarms)}.`
        : joined(
            unknown !== null && unknown > 0 && `State unknown because of ${down === 1 ? 'it' : 'them'}: ${streams(unknown)}.`,
            alarms > 0 &&
              `It also explains ${say.count(alarms, { one: 'alarm', other: 'alarms' })} of streams${earlierMs === null ? '' : `, the first of them ${say.duration(earlierMs)} before`}.`,
          ),
    servers: ({ count, of, spanMs }) => `${count === of ? `All ${servers(count)}` : `${say.number(count)} of ${servers(of)}`} went ${within(spanMs)}.`,
    path: ({ path, servers: on, spanMs }) => `${path}, on ${servers(on)} ${within(spanMs)}`,
    together: ({ value, count, of, spanMs }) => `${ofAll(count, of)} of ${value}, ${within(spanMs)}`,
    address: ({ value, count, of, spanMs }) => `${ofAll(count, of)} from the address ${value}, ${within(spanMs)}`,
    source: ({ value, count, of, spanMs }) => `${ofAll(count, of)} pulled from ${value}, ${within(spanMs)}`,
    network: ({ value, count, of, spanMs }) => `${ofAll(count, of)} from the network ${value}, ${within(spanMs)}`,
    agent: ({ value, count, of, spanMs }) => `${ofAll(count, of)} published by “${value}”, ${within(spanMs)}`,
    upstream: ({ count, servers: on, stream, upstreams }) =>
      `${count === 1 ? '' : `${streams(count)} on ${servers(on)} come from there, such as: `}${chain(stream, upstreams)}.`,
  },
}
