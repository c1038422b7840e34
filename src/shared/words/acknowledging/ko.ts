import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('ko')

export const ko: AcknowledgingWords = {
  byLink: ({ by, link }) => (by === '' ? `${link} 링크 사용자` : `${by}(${link} 링크)`),
  title: '경보 확인',
  members: (count) => `경보 ${say.number(count)}건`,
  more: (count) => `외 ${say.number(count)}건`,
  untaken: '아직 아무도 확인하지 않았습니다.',
  partlyTaken: (count) => `이 중 경보 ${say.number(count)}건은 아직 아무도 확인하지 않았습니다.`,
  taken: ({ who, moment }) => `확인: ${who}, ${say.momentOf(moment)}.`,
  name: '이름(선택)',
  nameHint: '누가 처리하는지 다른 사람이 볼 수 있습니다.',
  button: '확인하기',
  over: (moment) => `${say.momentOf(moment)}에 끝났습니다. 더 확인할 것이 없습니다.`,
  nothingToTake: '지금은 확인할 것이 없습니다.',
  expired: '링크가 만료되었습니다. 링크는 하루 동안 유효합니다. 더 최근 메시지의 링크를 쓰거나 mtxdeck을 여십시오.',
  unknown: '이 콘솔에는 이 링크의 인시던트가 더 이상 남아 있지 않습니다.',
  invalid: '유효하지 않은 링크입니다. 전달 중에 잘렸거나 그 뒤 콘솔 설정이 바뀌었을 수 있습니다. mtxdeck을 열어 경보를 보십시오.',
  notConfirmed: '아무것도 확인되지 않았습니다. 이 페이지의 버튼을 누르십시오.',
  notStored: '콘솔이 저장하지 못해 아무것도 확인되지 않았습니다. 디스크가 가득 찼을 수 있습니다. 다시 시도하거나 콘솔 관리자에게 알리십시오.',
  tooMany: '이 네트워크에서 요청이 너무 많이 왔습니다. 1분 뒤에 다시 시도하십시오.',
}
