import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DossierWords } from './dossierWords.ts'

const say = sayIn('ko')

export const ko: Rest<DossierWords> = {
  made: (moment, version, zone, isHidden) =>
    `${moment}에 mtxdeck ${version}(으)로 만들었습니다. 시간대: ${zone}. ${isHidden ? '비밀 정보는 물론 클라이언트 주소와 사용자도 빠져 있으며, 대신 다른 이름이 쓰였습니다.' : '비밀 정보는 빠져 있고 클라이언트 주소는 들어 있습니다.'}`,
  more: (count, isLeast) => `그 외 ${isLeast ? '최소 ' : ''}${say.number(count)}건`,
  sessionsSince: (moment) => `끝난 세션은 ${moment}부터 보관됩니다. 그 이전은 알 수 없습니다.`,
  hit: ({ servers, streams, readers }) =>
    [
      `서버 ${say.number(servers)}대`,
      streams === null ? '스트림 수 알 수 없음' : `스트림 ${say.number(streams)}개`,
      readers === null ? '수신자 수 알 수 없음' : `수신자 ${say.number(readers)}명`,
    ].join(', '),
}
