import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('ko')

export const ko: Rest<PlanWords> = {
  range: (from, to) => `${from}~${to}`,
  streams: (count) => `스트림 ${say.number(count)}개`,
  readers: (count) => `수신자 ${say.number(count)}명`,
  guideFor: (streams) => `기준값: ${streams}`,
  received: (traffic) => `수신 ${traffic}`,
  sent: (traffic) => `송신 ${traffic}`,
  system: (memory, others) => `${memory}(${others ? '나머지 ' : ''}컴퓨터별 시스템)`,
  second: (bitrate) => `${bitrate} 1초분`,
  link: (fullest, share, link) => `더 많은 방향 ${fullest} / ${share} → ${link}에 수용`,
  encoding: (guide) => `${guide}. 컴퓨터 한 대에서 13개부터 고려, 17개부터 권장, 25개부터 필수. CPU 부하의 50~70 %를 덜어 줍니다`,
  machines: (traffic, cores, encoded) =>
    `다음 중 가장 큰 값을 올림: ${traffic}, 전달용 코어 ${cores}${encoded === null ? '' : `, 컴퓨터 한 대의 인코딩 ${encoded}`}`,
}
