import type { Rest } from '../catalogue.ts'
import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: '콘솔의 디스크가 가득 차서 아무것도 저장하지 못했습니다. 공간을 비우고 다시 시도하세요.',
  notWritable: '콘솔의 데이터 폴더에 쓸 수 없어 아무것도 저장하지 못했습니다. 자세한 내용은 로그에 있습니다.',
  busy: '다른 프로그램이 콘솔의 데이터베이스를 사용 중이어서 아무것도 저장하지 못했습니다. 다시 시도하세요.',
}

export const ko: Rest<RefusalWords> = {
  notAllowed: ({ name, needs, has }) => `"${needs}" 권한이 필요합니다. ${name}의 권한: ${has === null ? '없음' : `"${has}"`}. 이 콘솔의 관리자에게 문의하세요.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `받아들이지 않았습니다. ${mistakes}${more > 0 ? ` (외 ${more}건)` : ''}`,
  hostNotAsked: (name) => `${name}은(는) 지금 감시하지 않습니다.`,
  toolUnusable: (problem) => `저장하지 않았습니다. ${problem}`,
  serverNotChanged: (name, error) => `${name}에서 아무것도 변경하지 않았습니다. ${error ?? '지금은 이 서버에 요청하지 않습니다.'}`,
  alarmsNotKept: (since) => `경보는 ${since}부터 보관되어 있습니다.`,
}
