import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import { type Chain, type IncidentWords, streamName } from './incidentWords.ts'

const say = sayIn('zh')
const streams = (count: number) => `${say.number(count)} 路流`
const servers = (count: number) => `${say.number(count)} 台服务器`
const within = (ms: number) => `在 ${say.duration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))} 内`
const ofAll = (count: number, of: number) => (count === of ? `全部 ${streams(count)}` : `${streams(of)}中的 ${say.number(count)} 路`)

const verbs = { pull: '拉取自', forward: '转发自' } as const
const chain: Chain = (stream, upstreams) => `${streamName(stream)} ${upstreams.map((one) => `${verbs[one.by]} ${streamName(one)}`).join('，后者')}`

export const zh: Rest<IncidentWords> = {
  streams,
  servers,
  hit: (what, shared) => `${what}：${shared.join('；')}。`,
  unknown: (before) => `服务器无应答，当前状态未知。此前：${before}`,
  factors: {
    server: ({ streams: unknown, alarms, earlierMs, isOver }) =>
      isOver === true
        ? `服务器故障已恢复，仍受影响：${streams(alarms)}。`
        : joined(
            unknown !== null && unknown > 0 && `因此状态未知：${streams(unknown)}。`,
            alarms > 0 && `这也解释了流的 ${say.number(alarms)} 个告警${earlierMs === null ? '' : `，最早的一个在 ${say.duration(earlierMs)} 之前`}。`,
          ),
    servers: ({ count, of, spanMs }) => `${count === of ? `全部 ${servers(count)}` : `${servers(of)}中的 ${say.number(count)} 台`}${within(spanMs)}相继失联。`,
    path: ({ path, servers: on, spanMs }) => `${servers(on)}上的 ${path}，${within(spanMs)}`,
    together: ({ value, count, of, spanMs }) => `${value} 上的${ofAll(count, of)}，${within(spanMs)}`,
    address: ({ value, count, of, spanMs }) => `来自地址 ${value} 的${ofAll(count, of)}，${within(spanMs)}`,
    source: ({ value, count, of, spanMs }) => `从 ${value} 拉取的${ofAll(count, of)}，${within(spanMs)}`,
    network: ({ value, count, of, spanMs }) => `来自网络 ${value} 的${ofAll(count, of)}，${within(spanMs)}`,
    agent: ({ value, count, of, spanMs }) => `用“${value}”发布的${ofAll(count, of)}，${within(spanMs)}`,
    upstream: ({ count, servers: on, stream, upstreams }) =>
      `${count === 1 ? '' : `${servers(on)}上的 ${streams(count)}来自该处，例如：`}${chain(stream, upstreams)}。`,
  },
}
