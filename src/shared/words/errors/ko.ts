import type { HostFailure } from '../../errors.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, where } from '../texts.ts'
import { type ErrorWords, limitSize, ownSentence } from './errorWords.ts'

const say = sayIn('ko')
const quotedWords = (said: HostFailure['said'], cause: string | null) => (said?.kind === 'quoted' ? `("${cause}")` : inBrackets(cause))
const seconds = (ms: number) => `${say.number(Math.round(ms / 100) / 10)}초`
const inBrackets = (text: string | null) => where(text, (words) => `(${words})`)
const unreachable = {
  refused: '연결 거부됨: 이 주소에서 수신 대기 중인 서비스가 없습니다.',
  noRoute: '이 호스트로 가는 경로가 없습니다.',
  nameNotFound: '호스트 이름을 찾을 수 없습니다.',
  reset: '응답이 오기 전에 연결이 닫혔습니다.',
  connectTimeout: '연결 시도에 응답이 없습니다.',
}
const unreachableTodo = (port: number) => ({
  refused: 'MediaMTX가 실행 중인지, mediamtx.yml에 "api: yes"가 있고 apiAddress가 이 포트인지 확인하세요.',
  noRoute: '주소와 네트워크, 중간의 VPN을 확인하세요.',
  nameNotFound: '철자와 이 컴퓨터의 DNS를 확인하거나 IP 주소를 사용하세요.',
  reset: 'http://와 https://를 바꾸어 시도하세요. 둘 다 응답이 없으면 중간에 프록시나 방화벽이 있거나 MediaMTX가 종료되는 중입니다. 로그를 확인하세요.',
  connectTimeout: `방화벽이 패킷을 버리고 있을 수 있습니다. 여기서 그곳으로 가는 TCP 포트 ${port}을 여세요.`,
})

export const ko: Rest<ErrorWords> = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `연결은 되어 있지만 ${say.number(limitMs / 1000)}초 안에 응답이 없었습니다.`,
    certificateUntrusted: ({ subject }) => `인증서(${subject || '이름 없음'})가 이 시스템이 신뢰하는 기관의 서명이 아닙니다.`,
    certificateWrongName: ({ names }) => `인증서가 다른 이름(${names || '이름 없음'})의 것입니다.`,
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '서버가 이전에 받아들인 사용자 또는 암호를 거부합니다.'
          : `서버가 이전에 받아들인 사용자 또는 암호를 거부합니다. 서버는 ${authServer}에 확인하는데, 그곳이 응답하지 않을 수 있습니다.`
        : credentialsGiven
          ? '서버가 이 사용자 또는 암호를 거부합니다. 잠기지 않도록 폴링을 중지했습니다.'
          : '서버가 사용자와 암호를 요구합니다.',
    notMediaMtx: ({ server, contentType }) => `MediaMTX API가 아닌 ${server || '다른 서비스'} 응답입니다(${contentType || '콘텐츠 형식 없음'}).`,
    badReply: (_, detail) => `응답을 읽을 수 없습니다: ${detail}.`,
    tooLarge: ({ limitBytes }) => `응답이 ${limitSize(limitBytes)}보다 큽니다.`,
    httpStatus: ({ status, message }) => `서버가 상태 ${status}(으)로 응답했습니다${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `서버가 로그인 페이지 ${location}(으)로 리디렉션합니다(${status}). 앞단의 게이트가 로그인을 요구합니다.`
        : `서버가 ${location}(으)로 리디렉션합니다(${status}).`,
    secretMissing: (_, detail) => `비밀 정보를 읽을 수 없습니다: ${detail}.`,
    overdue: ({ ageMs }) => `${Math.round(ageMs / 1000)}초 동안 끝난 폴링이 없습니다.`,
  },
  serverTodo: {
    badReply: ({ detail }) =>
      detail.kind === 'clientCertificateWanted'
        ? '서버 설정에 올바른 클라이언트 인증서와 키를 입력하세요.'
        : '중간에 프록시가 있으면 서버에 직접 접속하세요. 아니라면 "mtxdeck diagnose"의 출력을 보내 주세요.',
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '변경되었다면 새로 입력하세요. mtxdeck이 1분, 5분 뒤, 그다음에는 15분마다 스스로 다시 시도합니다.'
          : `${authServer}이(가) 동작하는지, MediaMTX에서 접근할 수 있는지 확인하세요. mtxdeck이 처음에는 바로, 나중에는 15분마다 스스로 다시 시도합니다.`
        : credentialsGiven
          ? '인증 정보를 고치세요. 서버가 구성 파일에 있으면 그곳에서 고치세요. 몇 초 안에 폴링이 재개됩니다.'
          : 'mediamtx.yml의 authInternalUsers에 "action: api" 권한이 있는 사용자를 추가하고 여기에 입력하세요.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? '그 게이트에서 이 콘솔을 주소 등으로 허용하세요. mtxdeck은 페이지에서 로그인할 수 없습니다.'
        : '리디렉션되는 주소를 입력하거나 프록시를 거치지 마세요.',
  },
  host: {
    noRoute: ({ target }, cause) => `${target}에 이르는 경로가 없습니다${inBrackets(cause)}.`,
    timeout: ({ target }, cause) => `${target}에서 제때 응답이 없습니다${inBrackets(cause)}.`,
    notSsh: ({ target }, cause) => `${target}에서 응답하는 것은 SSH 서버가 아닙니다${behindColon(cause)}.`,
    authRefused: ({ target, user }, cause) => `${target}에서 ${user ?? '사용자'} 로그인을 거부합니다${behindColon(cause)}.`,
    keyUnusable: (_, cause) => `개인 키를 사용할 수 없습니다: ${cause ?? '알 수 없는 종류'}.`,
    passphraseWrong: ({ said }, cause) => `${ownSentence(said, cause) ?? `개인 키의 암호 구문이 틀립니다${inBrackets(cause)}`}.`,
    agentMissing: (_, cause) => `SSH 에이전트에 접속할 수 없습니다: ${cause ?? 'SSH_AUTH_SOCK이 설정되지 않음'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `${target} 첫 연결. 키: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target}의 키가 바뀌었습니다: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, 기존 키 ${known}`)}.`,
    jumpFailed: ({ target }, cause) => `${target}을(를) 거치는 연결에 실패했습니다${behindColon(cause)}.`,
    shellMissing: ({ target, user, said }, cause) => `${target}에 ${user ?? '사용자'}용 POSIX 셸이 없습니다${quotedWords(said, cause)}.`,
    commandRefused: ({ target, user, said }, cause) => `${target}에서 ${user ?? '사용자'}의 명령 실행을 거부합니다${quotedWords(said, cause)}.`,
    answerBroken: ({ target, said }, cause) => `${target}의 응답을 읽을 수 없습니다${quotedWords(said, cause)}.`,
    hung: ({ target }, cause) => `${target}의 응답이 도중에 멈췄습니다${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `${target} 연결이 닫혔습니다${cause ? `: ${cause}` : '(상대방이 닫음)'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `이 호스트의 인증 정보가 없습니다${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `이 콘솔이 ${target}을(를) 읽다가 오류가 났습니다${inBrackets(cause)}.`,
  },
  hostTodo: {
    keyUnusable: () => '',
    jumpFailed: () => '',
    closed: () => '',
    authRefused: (_, cause) => (cause ? '' : '사용자 이름과 인증 정보를 확인하세요.'),
    passphraseWrong: (_, cause) => (cause ? '' : '다시 입력하세요.'),
    hostKeyUnknown: (_, cause) =>
      `호스트의 키와 비교한 뒤("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub") 수락하세요. 인증 정보는 보내지 않았습니다.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? '다시 설치되었거나 누군가 중간에 있습니다. 새 키를 수락하기 전에 운영자에게 확인하세요'}. 인증 정보는 보내지 않았으며 그때까지 다시 시도하지 않습니다.`,
    secretMissing: (_, cause) => (cause ? '' : '다시 입력하세요.'),
  },
  hostCauses: {
    noCommonAlgorithm: (_, because) => `콘솔과 공통된 암호화 알고리즘이 없습니다${inBrackets(because)}. 너무 오래된 버전일 수 있습니다`,
    protocolBroken: (_, because) => `SSH 프로토콜을 위반함${inBrackets(because)}`,
    brokeOffSigningIn: (_, because) => (because === null ? '상대방이 로그인 중에 연결을 끊음' : `로그인 중 오류: ${because}`),
    agentKeysRefused: ({ count }) =>
      `SSH 에이전트의 키${count === null ? '가' : ` ${say.number(count)}개가`} 모두 거부되었습니다. 그중 하나를 이 사용자의 ~/.ssh/authorized_keys에 추가하세요`,
    noPasswords: ({ offered }) => `비밀번호를 받지 않습니다${where(offered, (methods) => `(사용 가능: ${methods})`)}. 키나 에이전트를 사용하세요`,
    noKeys: ({ offered }) => `키를 받지 않습니다${where(offered, (methods) => `(사용 가능: ${methods})`)}. 비밀번호를 사용하세요`,
    secondCredential: ({ offered }) => `인증 정보는 맞지만 추가 인증${inBrackets(offered)}을 요구하며, 콘솔은 이를 제공할 수 없습니다`,
    nextUnreachable: ({ next, said }) => `그곳에서 ${next}에 연결할 수 없음(${said ?? '이유 없음'})`,
    jumpBroke: (_, because) => `점프 호스트를 거치는 연결이 끊어짐${inBrackets(because)}`,
    fileUnreadable: ({ file, code }) => `${file}: 읽을 수 없음${inBrackets(code)}`,
    commandEndedAtOnce: ({ code }) => `명령이 바로 종료됨, ${code === null ? '종료 코드 알 수 없음' : `종료 코드 ${code}`}`,
    answerIncomplete: ({ limitMs }) => `${seconds(limitMs)} 안에 완전한 응답이 없음`,
    noReading: ({ limitMs }) => `${seconds(limitMs)} 안에 데이터가 없음`,
  },
}
