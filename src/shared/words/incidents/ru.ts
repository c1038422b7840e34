import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import { type Chain, type IncidentWords, streamName } from './incidentWords.ts'

const say = sayIn('ru')
const streams = (count: number) => say.count(count, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' })
const servers = (count: number) => say.count(count, { one: 'сервер', few: 'сервера', many: 'серверов', other: 'сервера' })
const within = (ms: number) => `в пределах ${say.duration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))}`
/** The total stands by itself, so that no noun has to agree with it. */
const ofAll = (count: number, of: number) => (count === of ? `все (${say.number(count)})` : `${say.number(count)} из ${say.number(of)}`)

const verbs = { pull: 'забирается с', forward: 'пересылается с' } as const
const chain: Chain = (stream, upstreams) => `${streamName(stream)} ${upstreams.map((one) => `${verbs[one.by]} ${streamName(one)}`).join(', а тот ')}`

export const ru: Rest<IncidentWords> = {
  streams,
  servers,
  hit: (what, shared) => `${what}: ${shared.join('; ')}.`,
  unknown: (before) => `Неизвестно, пока сервер не отвечает. До этого: ${before}`,
  factors: {
    server: ({ servers: down, streams: unknown, alarms, earlierMs, isOver }) =>
      isOver === true
        ? `Осталось после сбоя ${down === 1 ? 'сервера, который уже отвечает' : 'серверов, которые уже отвечают'}: ${streams(alarms)}.`
        : joined(
            unknown !== null && unknown > 0 && `Состояние из-за этого неизвестно: ${streams(unknown)}.`,
            alarms > 0 &&
              `Этим объясняются и тревоги потоков: ${say.number(alarms)}${earlierMs === null ? '' : `, первая за ${say.duration(earlierMs)} до этого`}.`,
          ),
    servers: ({ count, of, spanMs }) => `Отказавшие серверы: ${ofAll(count, of)}, ${within(spanMs)}.`,
    path: ({ path, servers: on, spanMs }) => `${path} на нескольких серверах (${say.number(on)}), ${within(spanMs)}`,
    together: ({ value, count, of, spanMs }) => `потоки на ${value}: ${ofAll(count, of)}, ${within(spanMs)}`,
    address: ({ value, count, of, spanMs }) => `потоки с адреса ${value}: ${ofAll(count, of)}, ${within(spanMs)}`,
    source: ({ value, count, of, spanMs }) => `потоки, забираемые с ${value}: ${ofAll(count, of)}, ${within(spanMs)}`,
    network: ({ value, count, of, spanMs }) => `потоки из сети ${value}: ${ofAll(count, of)}, ${within(spanMs)}`,
    agent: ({ value, count, of, spanMs }) => `потоки от «${value}»: ${ofAll(count, of)}, ${within(spanMs)}`,
    upstream: ({ count, servers: on, stream, upstreams }) =>
      `${count === 1 ? '' : `Оттуда идут потоки: ${say.number(count)}, серверов: ${say.number(on)}. Например: `}${chain(stream, upstreams)}.`,
  },
}
