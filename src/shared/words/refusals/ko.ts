import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: '콘솔의 디스크가 가득 차서 아무것도 저장하지 못했습니다. 공간을 비우고 다시 시도하세요.',
  notWritable: '콘솔의 데이터 폴더에 쓸 수 없어 아무것도 저장하지 못했습니다. 자세한 내용은 로그에 있습니다.',
  busy: '다른 프로그램이 콘솔의 데이터베이스를 사용 중이어서 아무것도 저장하지 못했습니다. 다시 시도하세요.',
}

export const ko: RefusalWords = {
  noSuchServer: () => '그런 서버가 없습니다.',
  noSuchHost: () => '그런 호스트가 없습니다.',
  noSuchStream: () => '그런 스트림이 없습니다.',
  nothingKept: () => '그 시간의 데이터가 보관되어 있지 않습니다.',
  serverFromFile: () => '설정 파일에 있는 서버입니다. 그곳에서 변경하세요.',
  hostFromFile: () => '설정 파일에 있는 호스트입니다. 그곳에서 변경하세요.',
  serverNameTaken: () => '다른 서버가 이 이름을 쓰고 있습니다.',
  hostNameTaken: () => '다른 호스트가 이 이름을 쓰고 있습니다.',
  secretsUnavailable: () => '이 시스템에는 비밀 정보를 저장할 수 없습니다.',
  otherKey: () => '호스트가 이제 다른 키를 제시합니다. 다시 비교하세요.',
  bundleReadOnly: () => '이 콘솔은 번들을 보여 줍니다. 변경할 수 없습니다.',
  notSignedIn: () => '먼저 로그인하세요. "Authorization: Bearer <토큰>"을 쓰거나 브라우저에서 토큰을 입력하세요.',
  wrongToken: () => '이 콘솔의 토큰이 아닙니다.',
  tooManyTries: () => '이 주소에서 잘못된 토큰이 너무 많이 왔습니다. 몇 초 뒤에 다시 시도하세요.',
  foreignHost: () => '콘솔이 이 이름을 알지 못합니다. IP 주소를 쓰거나 설정에 publicUrl로 지정하세요.',
  foreignOrigin: () => '다른 출처의 페이지에서 온 요청입니다.',
  lengthMissing: () => '본문을 Content-Length와 함께 보내세요.',
  bodyTooLarge: () => '본문이 너무 큽니다.',
  noSuchRoute: () => '그런 경로가 없습니다. 전체 목록은 /api/openapi.json에 있습니다.',
  noSuchSocket: () => '여기에는 WebSocket이 없습니다.',
  noSuchPage: () => '그런 페이지가 없습니다.',
  notBuilt: () => '콘솔이 빌드되지 않았습니다. “npm run build”를 실행하세요.',
  tooManyConsoles: () => '연결된 콘솔이 너무 많습니다.',
  consoleFailed: () => '콘솔이 응답하지 못했습니다. 이유는 로그에 있습니다.',
  notAllowed: ({ name, needs, has }) => `"${needs}" 권한이 필요합니다. ${name}의 권한: ${has === null ? '없음' : `"${has}"`}. 이 콘솔의 관리자에게 문의하세요.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `받아들이지 않았습니다. ${mistakes}${more > 0 ? ` (외 ${more}건)` : ''}`,
  hostNotAsked: (name) => `${name}은(는) 지금 감시하지 않습니다.`,
  toolUnusable: (problem) => `저장하지 않았습니다. ${problem}`,
}
