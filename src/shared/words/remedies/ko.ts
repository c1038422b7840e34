import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('ko')

export const ko: RemedyWords = {
  reason: (rule) => `규칙 ${rule}의 조치`,
  acted: {
    kickPublisher: {
      begun: () => '송신자 연결을 끊는 중입니다.',
      done: () => '송신자 연결을 끊었습니다.',
      failed: () => '송신자 연결을 끊지 못했습니다.',
      unknown: () => '송신자 연결을 끊었는지 알 수 없습니다.',
    },
    restartSource: {
      begun: () => '가져오는 소스를 다시 시작하는 중입니다.',
      done: () => '가져오는 소스를 다시 시작했습니다.',
      failed: () => '가져오는 소스를 다시 시작하지 못했습니다.',
      unknown: () => '가져오는 소스를 다시 시작했는지 알 수 없습니다.',
    },
    restartPath: {
      begun: () => '경로를 닫고 다시 여는 중입니다.',
      done: () => '경로를 닫고 다시 열었습니다.',
      failed: () => '경로를 닫지 못했습니다.',
      unknown: () => '경로를 닫고 다시 열었는지 알 수 없습니다.',
    },
    runCommand: {
      begun: () => '호스트에서 명령을 실행하는 중입니다.',
      done: () => '호스트에서 명령을 실행했습니다.',
      failed: () => '호스트에서 명령을 실행하지 못했거나 명령이 실패했습니다.',
      unknown: () => '호스트에서 명령을 실행했는지 알 수 없습니다.',
    },
  },
  why: {
    noPublisher: () => '이 스트림을 송신하는 사람이 없습니다.',
    ownPublisher: () => '이 콘솔이 직접 송신하는 스트림입니다.',
    notPulled: () => '서버가 가져오는 스트림이 아닙니다.',
    sharedEntry: () => '구성에 이 경로만의 항목이 없습니다. 다른 경로도 함께 닫혔을 것입니다.',
    beingChanged: () => '다른 사람이 이 서버의 구성을 변경하고 있습니다.',
    notTaken: () => '서버가 변경을 적용하지 않았습니다.',
    notAsked: () => '지금은 이 서버를 조회하지 않습니다.',
    noHost: () => '이 서버가 실행되는 호스트를 SSH로 감시하고 있지 않습니다.',
    ended: ({ code, said }) => {
      const what = code === null ? '명령이 강제 종료됨' : code === 0 ? '명령 성공' : `명령 실패, 종료 코드 ${code}`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
    timedOut: ({ limitMs }) => `명령이 ${say.duration(limitMs)} 안에 끝나지 않았습니다.`,
    interrupted: () => '결과를 알기 전에 mtxdeck이 종료되었습니다.',
    internal: () => 'mtxdeck 자체 결함으로 실패했습니다. 로그를 확인하세요.',
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `${say.moment(from)} 이후: 경보 ${say.number(alarms)}건, 조치 ${say.number(acts)}건.`
    return held === 0 ? all : `${all} 시간당 한도로 보류된 조치 ${say.number(held)}건.`
  },
}
