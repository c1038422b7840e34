import { formatValue } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CauseWords } from './causeWords.ts'

const say = sayIn('ko')
const percent = (value: number) => formatValue(value, 'percent', 'ko')
const names = new Intl.ListFormat('ko')

export const ko: Rest<CauseWords> = {
  causes: {
    publisherClosed: ({ bps }) => `송출자가 닫음: 그때까지 ${formatValue(bps, 'bps', 'ko')} 수신, 손실 없음`,
    network: ({ lost, repaired, rttMs, latencyMs, windowMs }) =>
      `네트워크: ${say.duration(windowMs)} 동안 ${[
        ...(lost > 0 ? [`패킷 ${say.number(lost)}개 손실`] : []),
        ...(repaired > 0 ? [`패킷 ${say.number(repaired)}개 재전송`] : []),
      ].join(', ')}${rttMs === null || latencyMs === null ? '' : `, 왕복 시간 ${formatValue(rttMs, 'ms', 'ko')}, 지연 ${formatValue(latencyMs, 'ms', 'ko')}`}`,
    unrecordable: ({ format, codecs }) => `어느 트랙도 ${format} 형식으로 녹화할 수 없음: ${codecs.join(', ')}`,
    processEnded: ({ pid, next }) => `미디어 서버의 프로세스 ${pid}이(가) 종료됨${next === null ? '' : `, 프로세스 ${next}(으)로 대체됨`}`,
    hostBusy: ({ cpu }) => `호스트가 바쁨: CPU ${percent(cpu)}`,
    udpErrors: ({ perSecond }) => `호스트가 UDP 데이터를 버림: 초당 버퍼 오류 ${say.number(Math.round(perSecond * 10) / 10)}건`,
    diskBusy: ({ iowait }) => `호스트가 시간의 ${percent(iowait)} 동안 디스크를 기다림`,
    diskFull: ({ mount, used }) => `디스크 ${mount} 사용률 ${percent(used)}`,
    framesDiscarded: ({ frames, windowMs }) => `수신자가 너무 느림: ${say.duration(windowMs)} 동안 프레임 ${say.number(frames)}개 버려짐`,
    othersLive: ({ live }) => `같은 서버의 다른 스트림 ${say.number(live)}개는 방송 중`,
    readElsewhere: ({ at }) => `${names.format(at)}에서는 읽히므로 이 콘솔까지의 경로에 문제가 있음`,
    downElsewhere: ({ at }) => `${names.format(at)}에서도 읽을 수 없음`,
    canaryReadBy: ({ server, by }) => `${server}의 카나리아가 ${names.format(by)} 프로토콜로는 읽히므로 다른 프로토콜에 문제가 있음`,
    canaryReadByNone: ({ server, by }) => `${server}의 카나리아가 송출되고 있지만 ${names.format(by)} 중 어떤 프로토콜로도 읽히지 않음`,
    hostFine: ({ cpu }) => `호스트는 바쁘지 않음: CPU ${percent(cpu)}`,
  },
  sure: { seen: (clause) => clause, likely: (clause) => `${clause} (유력)`, possible: (clause) => `${clause} (가능)` },
  sentence: (clauses) => `${clauses.join('; ')}.`,
}
