import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('zh')
const checks = { black: '黑屏', oneColour: '单色画面', colourBars: '彩条', frozen: '画面冻结', silent: '静音' }

export const zh: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? '没有推流，也从未有过。' : `自 ${say.moment(since)} 起没有推流。`),
    content: ({ check, seconds, isFromStart }) => `${checks[check]}：${isFromStart ? '整个检查时段' : `${say.number(seconds)} 秒`}。`,
  },
  checks,
  differs: (what) => `与约定不符：${what}。`,
  title: (day, { fault, cameras }) =>
    fault === 0
      ? `每日检查 ${day}：${say.number(cameras)} 个摄像机均无故障`
      : `每日检查 ${day}：${say.number(cameras)} 个摄像机中 ${say.number(fault)} 个有故障`,
  missed: (day) => `每日检查 ${day}：未执行`,
  stillFault: (since) => `自 ${say.moment(since)}`,
  mended: (names) => `已恢复：${names}。`,
  gone: (names) => `已消失：${names}。`,
  new: (names) => `新摄像机：${names}。`,
}
