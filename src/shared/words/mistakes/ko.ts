import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('ko')
const either = (meant: string | null, known: string) => (meant === null ? known : `혹시 ${meant}?`)
const nouns: Nouns = {
  headerValue: '헤더 값',
  certificate: '인증서',
  serverName: '이름',
  hostName: '이름',
  channelName: '이름',
  maintenanceName: '이름',
  wallName: '이름',
  pattern: '패턴',
  runbook: '조치 안내',
  ruleName: '이름',
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
  probeName: '이름',
  consoleName: '이름',
  project: '프로젝트',
  list: '목록',
  template: '템플릿',
  settingValue: '값',
}
const empty: Partial<Nouns> = {
  serverName: '서버 이름을 입력하세요',
  hostName: '호스트 이름을 입력하세요',
  channelName: '채널 이름을 입력하세요',
  maintenanceName: '유지보수 시간대의 이름을 입력하세요',
  wallName: '비디오 월의 이름을 입력하세요',
  pattern: '패턴이 비어 있습니다',
  runbook: '조치 안내가 비어 있습니다',
  ruleName: '규칙 이름을 입력하세요',
  tag: '태그는 한 글자 이상이어야 합니다',
  apiAddress: 'API 주소를 입력하세요. 예: http://10.0.0.5:9997',
  reason: '사유를 입력하세요',
  comment: '메모를 입력하세요',
}
const nameless = { server: '서버', host: '호스트', channel: '채널', maintenance: '유지보수 계획', onAir: '송출 계획', probe: '프로브', vantage: '다른 콘솔' }
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

export const ko: Rest<MistakeWords> = {
  notPem: ({ what }) =>
    what === 'key' ? 'PEM 형식의 개인 키가 아닙니다(-----BEGIN PRIVATE KEY-----)' : 'PEM 형식의 인증서가 아닙니다(-----BEGIN CERTIFICATE-----)',
  notOfType: ({ type }) => `올바른 값: ${types[type]}`,
  notOneOf: ({ words }) => `올바른 값: ${words.join(', ')}`,
  unknownKey: ({ meant, known }) =>
    meant === null && known.length === 0 ? '알 수 없는 키입니다' : `알 수 없는 키입니다. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what] ?? `${nouns[what]} 값이 비어 있습니다`,
  tooLong: ({ what, most }) => `${nouns[what]}: 최대 ${say.number(most)}자`,
  notOneLine: ({ what }) => (what === 'token' ? '토큰은 HTTP 헤더에 쓸 수 있는 문자로 된 한 줄이어야 합니다' : `${nouns[what]}: 한 줄이어야 합니다`),
  hiddenCharacter: ({ what, code }) => `${nouns[what]}: 보이지 않는 문자(${code})는 쓸 수 없습니다`,
  configurationUnreadable: ({ file, code }) => `구성 파일 ${file}을(를) 읽을 수 없습니다: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `${file} 파일을 읽을 수 없습니다: ${unreadable[code] ?? code}`,
  givenBeside: ({ other, oneOf }) => `${other}와(과) 함께 쓸 수 없습니다. 하나만 지정하세요: ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `사용자에는 다음 중 하나가 필요합니다: ${oneOf.join(', ')}`,
  sshMissing: () => '“ssh” 없음. 예: noc@10.0.0.5:22, 이 장비라면 “local: true”',
  signInMissing: ({ oneOf }) => `로그인 방법이 없습니다. 하나를 지정하세요: ${oneOf.join(', ')}: true`,
  notAStreamAddress: ({ schemes }) => `${schemes.map((scheme) => `${scheme}://`).join(', ')} 중 하나로 시작하는 스트림 주소를 입력하세요`,
  channelKindMissing: ({ oneOf }) => `채널의 종류가 없습니다. ${oneOf.join(', ')} 중 하나를 지정하세요`,
  secretMissing: ({ oneOf }) => `비밀 값이 없습니다. ${oneOf.join(', ')} 중 하나를 지정하세요`,
  notANamingTemplate: ({ fault, part }) =>
    ({
      noField: '템플릿에는 {examId}_{timestamp}처럼 중괄호로 묶은 필드가 하나 이상 있어야 합니다',
      braces: `${part}에서 중괄호의 짝이 맞지 않습니다`,
      fieldName: `“${part}”은(는) 필드 이름이 아닙니다. 영문자로 시작하고 영문자, 숫자, _, -만 쓰세요`,
      fieldTwice: `${part} 필드가 두 번 있습니다`,
      fieldType: `“${part}”의 유형을 알 수 없습니다. text, int, timestamp, s, ms, date 또는 hd|sd 같은 값을 쓰세요`,
      nothingBetween: `${part}에서 필드 사이에 구분자가 없습니다. _ 같은 문자를 넣으세요`,
      tooManyFields: `템플릿의 필드는 최대 ${part}개입니다`,
    })[fault],
  nameTwice: ({ name, of, first }) => `다른 ${nameless[of]}(${first})의 이름도 “${name}”입니다`,
  patternUnsupported: ({ text, what }) =>
    `“${text}”에 ${what === 'lookAround' ? '전방·후방 탐색(예: (?=…))' : '역참조(예: \\1)'}이(가) 있습니다. MediaMTX처럼 지원하지 않으니 다르게 쓰거나 예외로 쓰세요`,
  noSuchRule: ({ text, meant, known }) =>
    `mtxdeck에 “${text}” 규칙이 없습니다. ${either(meant, `있는 규칙: ${known.join(', ')}`)}${meant === null ? '.' : ''} 직접 만든 규칙에는 지표, 이벤트, 상태 또는 반복 끊김이 필요합니다`,
  limitMissing: ({ oneOf }) => `한계값을 지정하세요: ${oneOf.join(', ')}`,
  clearOnWrongSide: ({ side, limit }) =>
    side === 'below' ? `${limit} 이상이어야 합니다. 한계값보다 낮으면 복구될 수 없습니다` : `${limit} 이하여야 합니다. 한계값보다 높으면 복구될 수 없습니다`,
  remedyUnfit: ({ act }) =>
    act === 'runCommand' ? 'runCommand에는 스트림, 서버 또는 호스트에 대한 규칙이 필요합니다' : `${act}에는 스트림에 대한 규칙이 필요합니다`,
  scopeUnfit: ({ metric, of }) =>
    `${metric === null ? '이 규칙이 감시하는 것은' : `${metric}은(는)`} ${{ server: '서버', stream: '스트림', host: '호스트', device: '호스트 부품', probe: '프로브' }[of]}에 속하므로 이것으로 고를 수 없습니다`,
  noSuchParameter: ({ meant, known }) => `없는 매개변수입니다. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  notOneOfThese: ({ words, text }) => `올바른 값: ${words.join(', ')}. 입력값: “${text}”`,
  noSuchName: ({ text, meant, known }) => `“${text}” 없음. ${either(meant, `사용 가능: ${known.join(', ')}`)}`,
  notLearned: ({ metric, known }) => `${metric}의 평소 값은 학습하지 않습니다. 학습하는 지표: ${known.join(', ')}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric}은(는) 호스트 구성 요소의 값입니다. disk:/, net:eth0, gpu:0처럼 지정하세요`
      : `${metric}은(는) 스트림의 값입니다. 경로를 지정하세요`,
  metricOfOther: ({ metric, of }) =>
    `${metric}은(는) ${{ server: '서버', stream: '스트림', host: '호스트', device: '호스트 부품', probe: '프로브' }[of]}의 지표이며, 지정한 대상이 모두 이에 해당하지는 않습니다`,
  noServerOfName: ({ name, meant, known }) =>
    `“${name}” 없음. ${either(meant, known.length === 0 ? '등록된 것이 없습니다' : `있는 이름: ${known.join(', ')}`)}`,
}
