import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('zh')
const checks = { black: '黑屏', oneColour: '单色画面', colourBars: '彩条', frozen: '画面冻结', silent: '静音' }

export const zh: DailyWords = {
  faults: {
    offAir: ({ since }) => (since === null ? '没有推流，也从未有过。' : `自 ${say.moment(since)} 起没有推流。`),
    slate: () => '正在播放备用画面：没有推流者。',
    noKeyframe: ({ seconds }) => `${say.number(seconds)} 秒内没有关键帧。`,
    content: ({ check, seconds, isFromStart }) => `${checks[check]}：${isFromStart ? '整个检查时段' : `${say.number(seconds)} 秒`}。`,
    size: ({ widthPx, heightPx, knownWidthPx, knownHeightPx }) => `画面为 ${widthPx} × ${heightPx}，应为 ${knownWidthPx} × ${knownHeightPx}。`,
  },
  checks,
  skips: {
    asleep: () => '按需且未启动：检查不会启动其源。',
    noTime: () => '时间窗口结束前未轮到。',
    offPlan: () => '此时不在计划播出时间内。',
    maintenance: () => '正在维护中。',
    paused: () => '目前已暂停。',
    refusedBefore: () => '未请求：服务器已用相同凭据拒绝了其他流。',
    offline: () => '控制台没有网络。',
    stopped: () => '检查已被停止。',
    consoleOff: () => '控制台未运行。',
    removed: () => '期间已被移除。',
  },
  differs: (what) => `与约定不符：${what}。`,
  items: {
    videoCodec: '视频编码',
    widthPx: '宽度',
    heightPx: '高度',
    fps: '帧率',
    bitrateBps: '码率',
    gopMs: '关键帧间隔',
    audioCodec: '音频编码',
    audioLayout: '声道布局',
    sampleRateHz: '采样率',
  },
  nothing: '无',
  title: (day, { fault, cameras }) =>
    fault === 0
      ? `每日检查 ${day}：${say.number(cameras)} 个摄像机均无故障`
      : `每日检查 ${day}：${say.number(cameras)} 个摄像机中 ${say.number(fault)} 个有故障`,
  missed: (day) => `每日检查 ${day}：未执行`,
  stopped: '检查在结束前被停止。',
  missedText: '当时控制台未运行：没有检查任何摄像机。',
  summed: ({ ok, fault, notChecked, newFault, mended }) =>
    `正常 ${say.number(ok)}，故障 ${say.number(fault)}（新增 ${say.number(newFault)}），未检查 ${say.number(notChecked)}，已恢复 ${say.number(mended)}。`,
  newFault: '新增',
  stillFault: (since) => `自 ${say.moment(since)}`,
  mended: (names) => `已恢复：${names}。`,
  gone: (names) => `已消失：${names}。`,
  new: (names) => `新摄像机：${names}。`,
}
