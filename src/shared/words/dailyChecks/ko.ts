import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('ko')

export const ko: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? '송출이 없으며 지금까지도 없었습니다.' : `${say.moment(since)}부터 송출이 없습니다.`),
  },
  differs: (what) => `합의와 다름: ${what}.`,
  title: (day, { fault, cameras }) =>
    fault === 0
      ? `일일 점검 ${day}: 카메라 ${say.number(cameras)}대 모두 이상 없음`
      : `일일 점검 ${day}: 카메라 ${say.number(cameras)}대 중 ${say.number(fault)}대 이상`,
  missed: (day) => `일일 점검 ${day}: 실행되지 않음`,
  stillFault: (since) => `${say.moment(since)}부터`,
  mended: (names) => `복구됨: ${names}.`,
  gone: (names) => `사라짐: ${names}.`,
  new: (names) => `새 카메라: ${names}.`,
}
