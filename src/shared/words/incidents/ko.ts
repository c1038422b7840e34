import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import { type Chain, type IncidentWords, streamName } from './incidentWords.ts'

const say = sayIn('ko')
const streams = (count: number) => `스트림 ${say.number(count)}개`
const servers = (count: number) => `서버 ${say.number(count)}대`
const within = (ms: number) => `${say.duration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))} 안에`
const ofAll = (count: number, of: number) => (count === of ? `${streams(count)} 모두` : `${streams(of)} 중 ${say.number(count)}개`)

const verbs = { pull: '가져옴', forward: '전달받음' } as const
/** From the stream to what it comes from, each with how. */
const chain: Chain = (stream, upstreams) => `${streamName(stream)} ← ${upstreams.map((one) => `${streamName(one)} (${verbs[one.by]})`).join(' ← ')}`

export const ko: Rest<IncidentWords> = {
  streams,
  servers,
  hit: (what, shared) => `${what}: ${shared.join('; ')}.`,
  unknown: (before) => `서버가 응답하지 않는 동안 상태를 알 수 없음. 이전: ${before}`,
  factors: {
    server: ({ streams: unknown, alarms, earlierMs, isOver }) =>
      isOver === true
        ? `서버 장애는 복구되었으나 아직 영향을 받는 항목: ${streams(alarms)}.`
        : joined(
            unknown !== null && unknown > 0 && `이 때문에 상태를 알 수 없음: ${streams(unknown)}.`,
            alarms > 0 && `스트림 경보 ${say.number(alarms)}건도 이 때문입니다${earlierMs === null ? '' : ` (첫 경보는 ${say.duration(earlierMs)} 전)`}.`,
          ),
    servers: ({ count, of, spanMs }) =>
      `${count === of ? `${servers(count)} 모두` : `${servers(of)} 중 ${say.number(count)}대가`} ${within(spanMs)} 시작되었습니다.`,
    path: ({ path, servers: on, spanMs }) => `${servers(on)}의 ${path}, ${within(spanMs)}`,
    together: ({ value, count, of, spanMs }) => `${value}의 ${ofAll(count, of)}, ${within(spanMs)}`,
    address: ({ value, count, of, spanMs }) => `주소 ${value}에서 오는 ${ofAll(count, of)}, ${within(spanMs)}`,
    source: ({ value, count, of, spanMs }) => `${value}에서 가져오는 ${ofAll(count, of)}, ${within(spanMs)}`,
    network: ({ value, count, of, spanMs }) => `네트워크 ${value}에서 오는 ${ofAll(count, of)}, ${within(spanMs)}`,
    agent: ({ value, count, of, spanMs }) => `“${value}”로 송출하는 ${ofAll(count, of)}, ${within(spanMs)}`,
    upstream: ({ count, servers: on, stream, upstreams }) =>
      `${count === 1 ? '' : `${servers(on)}의 ${streams(count)}가 여기서 옵니다. 예: `}${chain(stream, upstreams)}.`,
  },
}
