import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('ko')

export const ko: PlanWords = {
  mbit: 'Mbit/s',
  megabyte: 'MB',
  gigabyte: 'GB',
  range: (from, to) => `${from}~${to}`,
  and: ' + ',
  streams: (count) => `스트림 ${say.number(count)}개`,
  readers: (count) => `수신자 ${say.number(count)}명`,
  guideFor: (streams) => `기준값: ${streams}`,
  received: (traffic) => `수신 ${traffic}`,
  sent: (traffic) => `송신 ${traffic}`,
  leastOne: '컴퓨터당 최소 1',
  system: (memory, others) => `${memory}(${others ? '나머지 ' : ''}컴퓨터별 시스템)`,
  second: (bitrate) => `${bitrate} 1초분`,
  link: (fullest, share, link) => `더 많은 방향 ${fullest} / ${share} → ${link}에 수용`,
  encoding: (guide) => `${guide}. 컴퓨터 한 대에서 13개부터 고려, 17개부터 권장, 25개부터 필수. CPU 부하의 50~70 %를 덜어 줍니다`,
  notEncoded: '그대로 전달하는 것은 인코딩하지 않습니다',
  machines: (traffic, cores, encoded) =>
    `다음 중 가장 큰 값을 올림: ${traffic}, 전달용 코어 ${cores}${encoded === null ? '' : `, 컴퓨터 한 대의 인코딩 ${encoded}`}`,
  sources: {
    guide: '어느 MediaServer 프로젝트의 RTSP→WebRTC(인코딩 포함) 산정 기준, 컴퓨터당 스트림 1~40개(2026년 1월). 비트레이트 언급 없음: 일반 카메라 기준.',
    measured:
      'MediaMTX 1.20.1, 2.6 GHz AMD EPYC 코어 하나, 5 Mbit/s 스트림: RTSP(TCP) 송출자 6명은 Mbit/s당 코어의 0.136 %, RTSP(TCP) 수신자 24명은 0.079 %, SRT 수신자 12명은 0.29 %. 수신자가 없을 때 메모리 46 MB, 수신자당 RTSP 0.12 MB, SRT 1.6 MB 추가.',
    arithmetic: '입력값으로 계산.',
  },
}
