import { formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { figuresIn } from '../metricText.ts'
import { sayIn } from '../say.ts'
import type { ReasonWords } from './reasonWords.ts'

const say = sayIn('zh')
const { labelOf, figure, changed } = figuresIn('zh')
const lookAround = '请检查该机器和网络。'

/** Reasons that are a state alone. */
const states = {
  stream: {
    live: '流正在播出。',
    slate: '垫片正在播出。',
    waiting: '流在等待：没有推流。',
    stalled: '已连接，但没有数据到达。',
    gone: '流已断开。',
    unknown: '状态未知。',
    ended: '流已结束。',
  },
  server: {
    down: '服务器没有应答。',
    halted: '轮询已停止：凭据被拒绝。',
    paused: '轮询已暂停。',
    unknown: '状态未知。',
  },
  host: {
    down: '无法读取主机。',
    waiting: '主机拒绝访问。',
    paused: '读取已暂停。',
  },
}

function listed(paths: readonly string[], all: number): string {
  const named = paths.slice(0, 10)
  return `${named.join('、')}${all > named.length ? ' 等' : ''}`
}

export const zh: Rest<ReasonWords> = {
  reasons: {
    senderLeft: ({ pulled }) => (pulled ? '源已丢失。' : '推流端已断开。'),
    packetsLost: ({ count, estimated }) => `最近一分钟${estimated ? '约' : ''}有 ${say.number(count)} 个数据包彻底丢失${estimated ? '（估计值）' : ''}。`,
    offUsual: ({ metric, value }) => `${labelOf(metric)}为 ${figure(value, metric, null)}。`,
    changedFast: ({ metric, per, change, isRelative, withinMs, limit }) => {
      const amount = (by: number) => changed(Math.abs(by), metric, isRelative ? '%' : per)
      return `${labelOf(metric)}在 ${say.duration(withinMs)} 内${change < 0 ? '下降' : '上升'}了 ${amount(change)}；限值为 ${amount(limit)}。`
    },
    figureAbsent: ({ metric }) => `${labelOf(metric)}：没有数值。`,
    streamsAbsent: ({ patterns }) => `未在播：${patterns.join('、')}。`,
    streamInState: ({ state }) => states.stream[state],
    serverInState: ({ state }) => states.server[state],
    hostInState: ({ state }) => states.host[state],
    flapping: ({ losses, withinMs }) => `反复中断：${formatSpan(withinMs, 'zh')}内中断并恢复 ${say.number(losses)} 次。`,
    streamsLost: ({ lost, of, isReturn, paths }) =>
      `${say.number(of)} 个流中有 ${say.number(lost)} 个${isReturn ? '未随服务器恢复' : '在一分钟内离开'}：${listed(paths, lost)}。`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `每 ${say.duration(everySeconds * 1000)} 轮询一次，而不是每 ${say.duration(askedSeconds * 1000)}：其应答达 ${say.size(bytes, 'MB')}，更频繁的轮询会占用超出允许范围的服务器 CPU。`,
    messageRefused: ({ channels }) => `一条告警消息已搁置：${channels.join('、')} 未接受。`,
    channelUnreachable: ({ channels }) => `告警消息正在等待，因为无法连接 ${channels.join('、')}。`,
    channelPaused: ({ channels, since }) =>
      `通过 ${channels.join('、')} 的通知自 ${say.moment(since)} 起暂停，有消息在等待。如果忘记恢复，请在“告警 › 通知渠道”中恢复。`,
    drillFailed: ({ channels }) => `演练消息未能送达：${channels.join('、')}。`,
  },
  limits: {
    is: (label, figure) => `${label}为 ${figure}`,
    multiple: (label, times, per) => `${label}为${per}的 ${times} 倍`,
    said: {
      'path.notRecorded': (time) => `未录制，已持续 ${time}`,
      'path.lossMs': (time) => `持续丢包 ${time}`,
      'probe.blackMs': (time) => `黑场，已持续 ${time}`,
      'probe.oneColourMs': (time) => `单色画面，已持续 ${time}`,
      'probe.colourBarsMs': (time) => `彩条，已持续 ${time}`,
      'probe.frozenMs': (time) => `静帧，已持续 ${time}`,
      'probe.noMotionMs': (time) => `画面无运动，已持续 ${time}`,
      'probe.silentMs': (time) => `静音，已持续 ${time}`,
      'path.recordingMissing': (time) => `最近一小时的录像缺少 ${time}`,
      'path.framesInError': (count) => `错误帧：每次轮询最多 ${count} 个`,
      'path.framesDiscarded': (count) => `因读取端太慢而丢弃的帧：每次轮询最多 ${count} 个`,
      'path.forwardsFailing': (count, value) => (value === 1 ? '1 个转发目标失败' : `最多 ${count} 个转发目标失败`),
      'path.readers': (count, value) => (value === 0 ? '没有读取端' : `${count} 个读取端`),
      'path.people': (count, value) => (value === 0 ? '无人观看（机器不计）' : `${count} 人观看`),
      'server.certificateDays': (_, value) =>
        value < 0 ? `证书已过期 ${Math.floor(-value)} 天` : value < 1 ? '证书将在一天内过期' : `证书将在 ${Math.floor(value)} 天后过期`,
      'server.clockSkew': (time, value) => `时钟${value < 0 ? '慢' : '快'} ${time}`,
      'host.clockSkew': (time, value) => `时钟${value < 0 ? '慢' : '快'} ${time}`,
      'host.udpBufferErrors': (rate) => `接收缓冲已满而丢弃的 UDP 数据报：最多 ${rate}`,
      'device.used': (share) => `已使用 ${share}`,
      'probe.elsewhereUp': (share, value) => (value === 0 ? '其他控制台都无法读取' : `其他控制台中只有 ${share} 能读取`),
      'probe.gopLongestMs': (time) => `关键帧间隔长达 ${time}`,
      'probe.clipped': (share) => `${share} 的声音削波`,
      'probe.loudnessOffset': (by, value) => `比目标响度${value < 0 ? '低' : '高'} ${by}`,
      'probe.tsErrors': (count) => `一级 TS 错误：每次检查最多 ${count} 个`,
      'probe.differences': (count) => `${count} 项属性与约定不符`,
      'probe.audioAhead': (time, value) => `音频${value < 0 ? '落后' : '超前'}视频 ${time}`,
      'probe.canaryDelay': (time) => `测试信号晚到 ${time}`,
      'probe.canarySoundAhead': (time, value) => `测试信号的声音${value < 0 ? '落后' : '超前'}画面 ${time}`,
    },
    plain: (clause) => `${clause}。`,
    withLimit: (clause, limit) => `${clause}，限值 ${limit}。`,
    latency: (times) => `SRT 延迟是往返时延的 ${times} 倍，低于 3 倍会丢包。`,
    heals: (label, side, figure) => `${label}${side === 'below' ? '低于' : '高于'} ${figure} 时才恢复。`,
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
  },
}
