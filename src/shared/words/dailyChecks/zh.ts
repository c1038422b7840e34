import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('zh')

export const zh: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? '没有推流，也从未有过。' : `自 ${say.moment(since)} 起没有推流。`),
  },
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
