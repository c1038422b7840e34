import { formatFixed, formatSpan } from '../../units.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('ko')

export const ko: SizingWords = {
  why: {
    notTied: () => '미디어 서버와 연결되지 않은 호스트입니다. 이 호스트에서 실행 중인 서버를 선택하세요.',
    noInterface: () => '읽은 네트워크 인터페이스가 없습니다.',
    steady: () => '서버의 부하 변화가 적어 스트림 하나의 비용을 알 수 없습니다.',
    needsData: ({ minutes }) => `호스트와 서버의 데이터가 ${say.number(minutes)}분 더 필요합니다.`,
  },
  each: { streams: '스트림', traffic: 'Mbit/s', readers: '수신자' },
  readers: (count) => `수신자 ${count}명`,
  usual: (load) => `; 일반 스트림: ${load}`,
  cost: ({ line, moments, explains, perStream }) => `${line} (Theil–Sen, 시점 ${moments}개, 설명력 ${explains}) = 스트림당 ${perStream}`,
  costOf: { cpu: 'CPU: ', memory: '메모리: ', network: '전송: ' },
  now: (value) => `현재 ${value}`,
  nowOf: (value, total) => `현재 ${total} 중 ${value}`,
  limit: (percent) => `한계 ${percent}`,
  growth: {
    notKnown: ({ ms }) => `이력이 ${formatSpan(ms, 'ko')} 미만이라 증가율을 알 수 없음`,
    none: () => '증가 없음',
    hardly: () => '거의 증가하지 않음',
    grows: ({ percentADay, spanMs }) => `하루에 한계의 ${formatFixed(percentADay, 2, 'ko')} %씩 증가(Theil–Sen, ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `스트림 하나: ${cost}`,
  disk: (used, size) => `현재 ${size} 중 ${used}; 최대 7일의 기울기(Theil–Sen)가 100 %에 이르면 가득 참`,
}
