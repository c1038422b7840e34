import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('ko')
const either = (meant: string | null, known: string) => (meant === null ? known : `혹시 ${meant}?`)
const nouns: Nouns = {
  serverName: '이름',
  hostName: '이름',
  channelName: '이름',
  user: '사용자 이름',
  password: '비밀번호',
  passphrase: '키 암호문',
  token: '토큰',
  secret: '비밀번호 또는 토큰',
  tag: '태그',
  apiAddress: '주소',
  address: '주소',
  reason: '사유',
  comment: '메모',
  privateKey: '개인 키',
  file: '파일 이름',
  processName: '프로세스 이름',
  serverId: '서버 ID',
}
const empty: Partial<Nouns> = {
  serverName: '서버 이름을 입력하세요',
  hostName: '호스트 이름을 입력하세요',
  channelName: '채널 이름을 입력하세요',
  tag: '태그는 한 글자 이상이어야 합니다',
  apiAddress: 'API 주소를 입력하세요. 예: http://10.0.0.5:9997',
  reason: '사유를 입력하세요',
  comment: '메모를 입력하세요',
}
const nameless = { server: '서버', host: '호스트', channel: '채널' }
const types = { text: '텍스트', list: '목록', object: '키와 값', number: '숫자', boolean: 'true 또는 false' }
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: '파일이 없습니다',
  EACCES: '이 사용자에게 읽기 권한이 없습니다',
  EISDIR: '폴더입니다',
}
const unusableAlias = {
  unknown: '앞에 이 이름의 앵커(&)가 없습니다. *로 시작하는 값은 따옴표로 묶으세요',
  circular: '자신이 반복하는 값 안에 있습니다',
  notAMap: '<<에는 키와 값이 와야 합니다',
  tooMany: '별칭(*) 때문에 파일이 너무 커집니다',
}

export const ko: MistakeWords = {
  missing: ({ key }) => `“${key}” 없음`,
  notOfType: ({ type }) => `올바른 값: ${types[type]}`,
  notOneOf: ({ words }) => `올바른 값: ${words.join(', ')}`,
  unknownKey: ({ meant, known }) => `알 수 없는 키입니다. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  nestedTooDeep: () => '중첩이 너무 깊습니다',
  empty: ({ what }) => empty[what] ?? `${nouns[what]} 값이 비어 있습니다`,
  tooLong: ({ what, most }) => `${nouns[what]}: 최대 ${say.number(most)}자`,
  notOneLine: ({ what }) => (what === 'token' ? '토큰은 HTTP 헤더에 쓸 수 있는 문자로 된 한 줄이어야 합니다' : `${nouns[what]}: 한 줄이어야 합니다`),
  notAnAddress: ({ text }) => `“${text}” 값은 주소가 아닙니다. http://10.0.0.5:9997처럼 쓰세요`,
  notHttp: ({ scheme }) => `API는 HTTP를 사용합니다. ${scheme}// 대신 http:// 또는 https://를 쓰세요`,
  userInAddress: () => '주소에서 사용자와 비밀번호를 빼세요. 입력란이 따로 있습니다',
  userInAddresses: () => '주소에서 사용자와 비밀번호를 빼세요. 주소는 화면에 표시되며 로그인에는 API의 값을 씁니다',
  queryInAddress: () => '? 또는 # 뒤는 모두 빼세요. 주소와 포트만 있으면 됩니다',
  notAFingerprint: () => 'SHA-256 지문은 16진수 32바이트입니다. 예: AB:CD:…',
  intervalShort: ({ least }) => `${say.number(least)}초보다 자주는 안 됩니다`,
  intervalLong: ({ most }) => `한 시간에 한 번 이상: 최대 ${most}초`,
  tooManyTags: ({ most }) => `태그는 최대 ${most}개입니다`,
  tooManyAtOnce: ({ most }) => `한 번에 최대 ${say.number(most)}개`,
  notAnSshTarget: () => 'noc@10.0.0.5 또는 noc@10.0.0.5:22처럼 쓰세요',
  notAPort: ({ port }) => `${port} 값은 포트가 아닙니다. 포트는 1~65535입니다`,
  tooManyJumps: ({ most }) => `경유 호스트는 최대 ${most}대입니다`,
  configurationUnreadable: ({ file, code }) => `설정 파일 ${file}을(를) 읽을 수 없습니다: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `${file} 파일을 읽을 수 없습니다: ${unreadable[code] ?? code}`,
  variableMissing: ({ name }) => `환경 변수 ${name} 값이 설정되지 않았습니다`,
  notAListenAddress: ({ text }) => `127.0.0.1:8787, [::1]:8787, :8787 같은 주소와 포트여야 합니다. 입력값: “${text}”`,
  notAnOrigin: ({ text }) => `https://noc.example.org 같은 주소여야 합니다. 입력값: “${text}”`,
  pathInOrigin: ({ path }) => `경로 ${path} 부분을 빼세요. 콘솔은 주소의 루트에 있습니다`,
  notANetwork: ({ text }) => `10.0.0.1 같은 주소나 10.0.0.0/8 같은 네트워크여야 합니다. 입력값: “${text}”`,
  notDays: ({ least, most }) => `${least}~${most} 사이의 일수여야 합니다`,
  notACount: ({ least, most }) => `${say.number(least)}~${say.number(most)} 사이의 정수여야 합니다`,
  notASize: () => '10 MB 이상의 크기여야 합니다. 예: 500MB, 5GB 또는 바이트 수',
  tlsHalf: ({ missing }) => `${missing} 없음: TLS에는 두 파일이 모두 필요합니다`,
  givenBeside: ({ other, oneOf }) => `${other}와(과) 함께 쓸 수 없습니다. 하나만 지정하세요: ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `사용자에는 다음 중 하나가 필요합니다: ${oneOf.join(', ')}`,
  userBesideToken: ({ token }) => `${token}와(과) 함께 쓸 수 없습니다. 토큰에는 사용자가 없습니다`,
  userMissing: ({ beside }) => `${beside}에 “user” 없음`,
  publicKey: ({ file }) => `${file} 파일은 공개 키입니다. .pub이 없는 개인 키를 지정하세요`,
  sshMissing: () => '“ssh” 없음. 예: noc@10.0.0.5:22, 이 장비라면 “local: true”',
  signInMissing: ({ oneOf }) => `로그인 방법이 없습니다. 하나를 지정하세요: ${oneOf.join(', ')}: true`,
  passphraseAlone: () => '암호문은 키를 여는 값이므로 keyFile이 필요합니다',
  besideLocal: () => 'local과 함께 쓸 수 없습니다. 이 장비는 SSH로 읽지 않습니다',
  noSuchServer: ({ name, meant }) => `“${name}” 서버가 없습니다. 혹시 ${meant}?`,
  nameTwice: ({ name, of, first }) => `다른 ${nameless[of]}(${first})의 이름도 “${name}”입니다`,
  noSuchParameter: ({ meant, known }) => `없는 매개변수입니다. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  givenTwice: () => '한 번만 지정하세요',
  notOneOfThese: ({ words, text }) => `올바른 값: ${words.join(', ')}. 입력값: “${text}”`,
  notATime: ({ text }) => `2026-11-14T03:00:00Z 같은 시각, 밀리초 타임스탬프 또는 -24h 같은 과거 시각이어야 합니다. 입력값: “${text}”`,
  notAStep: ({ text }) => `60, 15m, 2h, 1d처럼 1초 이상이어야 합니다. 입력값: “${text}”`,
  serverNotNamed: () => '서버 이름이나 ID를 지정하세요',
  endBeforeBegin: () => 'from보다 나중이 아닙니다',
  metricNotNamed: () => '하나 이상 지정하세요. 예: path.bitrateIn',
  noSuchMetric: ({ text, meant, known }) => `“${text}” 없음. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric}은(는) 호스트 구성 요소의 값입니다. disk:/, net:eth0, gpu:0처럼 지정하세요`
      : `${metric}은(는) 스트림의 값입니다. 경로를 지정하세요`,
  pathEmpty: () => '비어 있습니다',
  pathNotNeeded: () => '지정한 지표 중 스트림의 것이 없습니다',
  namedTwice: () => '두 번 지정된 항목이 있습니다',
  tooManySeries: ({ count, most }) => `시계열 ${say.number(count)}개를 요청했습니다. 한 번에 최대 ${say.number(most)}개입니다`,
  tooManyValues: ({ count, most }) => `값이 ${say.number(count)}개입니다. 한 번에 최대 ${say.number(most)}개이므로 더 긴 step을 쓰세요`,
  noServerOfName: ({ name, meant, known }) =>
    `“${name}” 없음. ${either(meant, known.length === 0 ? '등록된 것이 없습니다' : `있는 이름: ${known.join(', ')}`)}`,
}
