import type { HostFailure } from '../../errors.ts'
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

export const ko: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `연결은 되어 있지만 ${say.number(limitMs / 1000)}초 안에 응답이 없었습니다.`,
    certificateUntrusted: ({ subject }) => `인증서(${subject || '이름 없음'})가 이 시스템이 신뢰하는 기관의 서명이 아닙니다.`,
    certificateExpired: ({ validTo }) => `인증서가 만료되었습니다: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `인증서가 다른 이름(${names || '이름 없음'})의 것입니다.`,
    fingerprintChanged: () => '서버가 고정된 것과 다른 인증서를 제시합니다.',
    notTls: () => '서버가 이 주소에서 TLS를 쓰지 않습니다.',
    tlsRequired: () => '서버가 이 주소에서 TLS를 요구합니다.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '서버가 이전에 받아들인 사용자 또는 암호를 거부합니다.'
          : `서버가 이전에 받아들인 사용자 또는 암호를 거부합니다. 서버는 ${authServer}에 확인하는데, 그곳이 응답하지 않을 수 있습니다.`
        : credentialsGiven
          ? '서버가 이 사용자 또는 암호를 거부합니다. 잠기지 않도록 폴링을 중지했습니다.'
          : '서버가 사용자와 암호를 요구합니다.',
    forbidden: () => '이 사용자는 API를 사용할 수 없습니다.',
    noApiHere: () => '웹 서버가 응답하지만 여기에는 MediaMTX API가 없습니다(404).',
    notMediaMtx: ({ server, contentType }) => `MediaMTX API가 아닌 ${server || '다른 서비스'} 응답입니다(${contentType || '콘텐츠 형식 없음'}).`,
    badReply: (_, detail) => `응답을 읽을 수 없습니다: ${detail}.`,
    cutReply: ({ receivedBytes }) => `응답이 ${say.number(receivedBytes)}바이트에서 끊겼습니다.`,
    tooLarge: ({ limitBytes }) => `응답이 ${limitSize(limitBytes)}보다 큽니다.`,
    httpStatus: ({ status, message }) => `서버가 상태 ${status}(으)로 응답했습니다${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `서버가 로그인 페이지 ${location}(으)로 리디렉션합니다(${status}). 앞단의 게이트가 로그인을 요구합니다.`
        : `서버가 ${location}(으)로 리디렉션합니다(${status}).`,
    notEnabled: () => '이 프로토콜은 서버에서 꺼져 있습니다.',
    secretMissing: (_, detail) => `비밀 정보를 읽을 수 없습니다: ${detail}.`,
    internal: ({ detail }) => `이 콘솔이 서버의 응답을 읽다가 오류가 났습니다: ${detail}.`,
    overdue: ({ ageMs }) => `${Math.round(ageMs / 1000)}초 동안 끝난 폴링이 없습니다.`,
  },
  serverTodo: {
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    timedOut: () => '서버가 과부하 상태이거나 다른 프로그램이 수신 대기 중일 수 있습니다. 부하와 로그를 확인하세요.',
    certificateUntrusted: ({ fingerprint }) => `SHA-256 지문을 서버의 것과 비교한 뒤 고정하세요: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `서버에서 갱신하세요. 그때까지는 지문을 고정할 수 있습니다: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `인증서의 이름 중 하나를 주소로 쓰거나 지문을 고정하세요: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `갱신된 것이라면 새 지문을 고정하세요: ${actual} (현재 고정: ${expected}). 아니라면 누군가 중간에 있습니다.`,
    notTls: () => 'https:// 대신 http://를 쓰거나 mediamtx.yml에 apiEncryption: yes를 설정하세요.',
    tlsRequired: () => 'http:// 대신 https://를 사용하세요.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '변경되었다면 새로 입력하세요. mtxdeck이 1분, 5분 뒤, 그다음에는 15분마다 스스로 다시 시도합니다.'
          : `${authServer}이(가) 동작하는지, MediaMTX에서 접근할 수 있는지 확인하세요. mtxdeck이 처음에는 바로, 나중에는 15분마다 스스로 다시 시도합니다.`
        : credentialsGiven
          ? '인증 정보를 고치세요. 서버가 구성 파일에 있으면 그곳에서 고치세요. 몇 초 안에 폴링이 재개됩니다.'
          : 'mediamtx.yml의 authInternalUsers에 "action: api" 권한이 있는 사용자를 추가하고 여기에 입력하세요.',
    forbidden: () => 'mediamtx.yml에서 "action: api" 권한을 부여하세요.',
    noApiHere: () => '포트를 확인하세요. API는 9997입니다(8889는 WebRTC, 8888은 HLS, 9998은 메트릭).',
    notMediaMtx: () => '주소와 포트를 확인하세요. 프록시 뒤라면 /v3/를 전달하는지 확인하세요.',
    badReply: () => '중간에 프록시가 있으면 서버에 직접 접속하세요. 아니라면 "mtxdeck diagnose"의 출력을 보내 주세요.',
    cutReply: () => '서버나 프록시가 연결을 닫았습니다. 계속되면 로그를 확인하세요.',
    tooLarge: () => 'MediaMTX의 어떤 응답보다도 큽니다. 이 주소에서 무엇이 수신 대기 중인지 확인하세요.',
    httpStatus: () => '서버의 로그를 확인하세요.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? '그 게이트에서 이 콘솔을 주소 등으로 허용하세요. mtxdeck은 페이지에서 로그인할 수 없습니다.'
        : '리디렉션되는 주소를 입력하거나 프록시를 거치지 마세요.',
    notEnabled: () => '필요하면 mediamtx.yml에서 켜세요.',
    secretMissing: () => '이 사용자가 읽을 수 있게 하거나 인증 정보를 다시 입력하세요.',
    internal: () => 'mtxdeck의 오류이며 계속 시도합니다. "mtxdeck diagnose"의 출력을 보내 주세요.',
    overdue: () => '응답이 매우 느리거나 폴링이 조용히 끊겼습니다. mtxdeck이 폴링을 다시 시작합니다. 계속되면 부하를 확인하세요.',
  },
  serverDetails: {
    handshakeFailed: ({ code }) => `TLS 핸드셰이크에 실패했습니다(${code})`,
    noCertificate: () => '서버가 인증서를 제시하지 않습니다',
    httpBroken: () => 'HTTP 형식이 잘못되었습니다',
    jsonBroken: ({ at }) => `JSON이 ${say.number(at)}번째 바이트부터 잘못되었습니다`,
    tooMuchWhiteSpace: ({ most }) => `한곳의 공백이 ${say.number(most)}바이트를 넘습니다`,
    nestedTooDeep: ({ most }) => `중첩이 ${say.number(most)}단계를 넘습니다`,
    tooManyValues: ({ most }) => `값이 ${say.number(most)}개를 넘습니다`,
    notAnObject: () => 'JSON 객체가 아닙니다',
    fieldMissing: ({ field }) => `"${field}" 항목이 없습니다`,
    fieldNotAnObject: ({ field }) => `${field} 항목이 객체가 아닙니다`,
    fieldNotText: ({ field }) => `${field} 항목이 텍스트가 아닙니다`,
    stateMissing: ({ field }) => `${field} 항목에 "available"도 "ready"도 없습니다`,
    tooManyPages: ({ most }) => `${say.number(most)}페이지를 넘습니다`,
    encryptedWithOtherKey: () => '저장된 비밀번호가 다른 키로 암호화되어 있습니다',
    ofOtherAddress: () => '저장된 인증 정보는 다른 주소로 보내지 않습니다',
  },
  host: {
    noRoute: ({ target }, cause) => `${target}에 이르는 경로가 없습니다${inBrackets(cause)}.`,
    refused: ({ target }) => `${target} 연결 거부됨: 이 포트에서 수신 대기 중인 서비스가 없습니다.`,
    timeout: ({ target }, cause) => `${target}에서 제때 응답이 없습니다${inBrackets(cause)}.`,
    nameNotFound: ({ target }) => `${target}의 이름을 찾을 수 없습니다.`,
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
    answerEndless: ({ target }) => `${target}의 응답이 끝나지 않아 중단했습니다.`,
    hung: ({ target }, cause) => `${target}의 응답이 도중에 멈췄습니다${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `${target} 연결이 닫혔습니다${cause ? `: ${cause}` : '(상대방이 닫음)'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `이 호스트의 인증 정보가 없습니다${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `이 콘솔이 ${target}을(를) 읽다가 오류가 났습니다${inBrackets(cause)}.`,
  },
  hostTodo: {
    noRoute: () => '주소, 네트워크, VPN, 중간의 방화벽을 확인하세요.',
    refused: () => '포트와 sshd 실행 여부("systemctl status ssh")를 확인하세요.',
    timeout: () => '꺼져 있거나 방화벽이 이 포트로 가는 패킷을 버리고 있을 수 있습니다. 이 컴퓨터에서 "ssh -v"를 시도하세요.',
    nameNotFound: () => '철자를 확인하거나 주소를 사용하세요.',
    notSsh: () => '포트를 확인하세요. SSH는 보통 22입니다.',
    authRefused: (_, cause) => (cause ? '' : '사용자 이름과 인증 정보를 확인하세요.'),
    keyUnusable: () => '',
    passphraseWrong: (_, cause) => (cause ? '' : '다시 입력하세요.'),
    agentMissing: () => '에이전트를 시작하거나 콘솔에 SSH_AUTH_SOCK을 알려 주거나 키를 사용하세요.',
    hostKeyUnknown: (_, cause) =>
      `호스트의 키와 비교한 뒤("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub") 수락하세요. 인증 정보는 보내지 않았습니다.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? '다시 설치되었거나 누군가 중간에 있습니다. 새 키를 수락하기 전에 운영자에게 확인하세요'}. 인증 정보는 보내지 않았으며 그때까지 다시 시도하지 않습니다.`,
    jumpFailed: () => '',
    shellMissing: () => '"sh"가 있고 PATH에 들어 있어야 합니다. Windows 호스트는 읽을 수 없습니다.',
    commandRefused: () => '사용자에게 로그인 셸을 주거나 안내대로 authorized_keys에서 콘솔의 명령을 허용하세요.',
    answerBroken: () => '배너나 강제 명령이 방해할 수 있습니다. SSH 명령은 다른 것을 출력하지 않아야 합니다.',
    answerEndless: () => '셸 시작 파일이나 강제 명령에서 무엇이 출력하는지 찾으세요.',
    hung: () => '보통 그곳의 디스크나 네트워크 파일 시스템이 멈춘 것입니다.',
    closed: () => '',
    secretMissing: (_, cause) => (cause ? '' : '다시 입력하세요.'),
    internal: () => 'mtxdeck의 오류이며 계속 시도합니다. "mtxdeck diagnose"의 출력을 보내 주세요.',
  },
  hostCauses: {
    wentSilent: () => '상대방이 더 이상 응답하지 않음',
    sendsTooMuch: () => '상대방이 요청보다 많은 데이터를 보냄',
    readsNothing: () => '상대방이 보낸 데이터를 읽지 않음',
    renewsKeysTooOften: () => '상대방이 키 교환을 계속 반복함',
    noTcpConnection: () => 'TCP 연결이 이루어지지 않음',
    saidNothing: () => '연결은 수락했으나 아무것도 보내지 않음',
    hungUpAtOnce: () => '상대방이 자신을 밝히기 전에 연결을 끊었습니다. 과부하 상태이거나 이 주소를 차단하고 있을 수 있습니다(fail2ban, MaxStartups)',
    hungUpInHandshake: () => '상대방이 핸드셰이크 중에 연결을 끊음',
    slowInHandshake: () => '핸드셰이크 중',
    otherGreeting: ({ text }) => `"${text}"(으)로 응답함`,
    noCommonAlgorithm: (_, because) => `콘솔과 공통된 암호화 알고리즘이 없습니다${inBrackets(because)}. 너무 오래된 버전일 수 있습니다`,
    protocolBroken: (_, because) => `SSH 프로토콜을 위반함${inBrackets(because)}`,
    keyRevoked: () => 'known_hosts 파일에 이 키가 폐기된 것으로 나와 있습니다. 키를 훔친 누군가가 중간에 있을 수 있습니다',
    certificateAuthority: () => 'known_hosts에 이 호스트의 인증 기관(@cert-authority)이 지정되어 있으나 여기서는 지원하지 않습니다',
    brokeOffSigningIn: (_, because) => (because === null ? '상대방이 로그인 중에 연결을 끊음' : `로그인 중 오류: ${because}`),
    slowSigningIn: () => '로그인 중',
    notAnAgent: ({ socket }) => `${socket}의 응답이 SSH 에이전트의 응답이 아님`,
    agentSilent: () => 'SSH 에이전트가 응답하지 않음',
    agentEmpty: () => 'SSH 에이전트에 키가 없습니다. "ssh-add"로 추가하세요',
    agentKeysRefused: ({ count }) =>
      `SSH 에이전트의 키${count === null ? '가' : ` ${say.number(count)}개가`} 모두 거부되었습니다. 그중 하나를 이 사용자의 ~/.ssh/authorized_keys에 추가하세요`,
    keyRefused: ({ keyType, fingerprint }) =>
      `키 ${keyType} ${fingerprint} 거부됨. 공개 키를 이 사용자의 ~/.ssh/authorized_keys에 추가하고 그 사용자만 쓸 수 있는지 확인하세요`,
    passwordRefused: () => '비밀번호가 거부되었습니다. 사용자 이름과 비밀번호를 확인하세요',
    passwordExpired: () => '비밀번호가 만료되었습니다. 직접 한 번 로그인하여 변경하세요',
    noPasswords: ({ offered }) => `비밀번호를 받지 않습니다${where(offered, (methods) => `(사용 가능: ${methods})`)}. 키나 에이전트를 사용하세요`,
    noKeys: ({ offered }) => `키를 받지 않습니다${where(offered, (methods) => `(사용 가능: ${methods})`)}. 비밀번호를 사용하세요`,
    secondCredential: ({ offered }) => `인증 정보는 맞지만 추가 인증${inBrackets(offered)}을 요구하며, 콘솔은 이를 제공할 수 없습니다`,
    nextSilent: ({ next }) => `그곳에서 ${next}에 연결했으나 제때 응답이 없음`,
    nextUnreachable: ({ next, said }) => `그곳에서 ${next}에 연결할 수 없음(${said ?? '이유 없음'})`,
    forwardingRefused: ({ next }) => `${next}(으)로 전달하지 않음(설정의 AllowTcpForwarding, PermitOpen 또는 "restrict")`,
    connectionEnded: () => '연결이 끊어짐',
    jumpBroke: (_, because) => `점프 호스트를 거치는 연결이 끊어짐${inBrackets(because)}`,
    passphraseMissing: () => '개인 키가 암호화되어 있는데 암호 구문이 없습니다. 암호 구문을 입력하거나 암호화되지 않은 키를 사용하세요',
    keyEmpty: () => '비어 있음',
    keyDamaged: () => '손상되었습니다. BEGIN부터 END까지 파일 전체를 다시 복사하세요',
    keyNotOpened: () => '열 수 없음',
    publicHalf: () => '공개 키입니다. 개인 키를 지정하세요(".pub"가 없는 파일)',
    certificate: () => '개인 키가 아니라 인증서임',
    notAPrivateKey: () => 'OpenSSH나 PEM 형식의 개인 키가 아닙니다. "ssh-keygen -p -f FILE"로 다시 저장하세요',
    keyInToken: ({ keyType }) => `하드웨어 토큰에 있는 키입니다(${keyType}). 에이전트를 통해 사용하세요`,
    keyTypeNotOfSsh: ({ keyType }) => `SSH의 키 종류가 아닙니다(${keyType}). Ed25519, ECDSA 또는 RSA를 사용하세요`,
    keyTypeUnsupported: ({ keyType }) => `지원하지 않는 키 종류입니다(${keyType}). Ed25519, ECDSA 또는 RSA를 사용하세요`,
    dsaKey: () => 'SSH 서버가 더 이상 받지 않는 DSA 키입니다. Ed25519, ECDSA 또는 RSA를 사용하세요',
    noFile: ({ file }) => `이 컴퓨터에 ${file} 파일이 없음`,
    fileForbidden: ({ file }) => `콘솔에 ${file}의 읽기 권한이 없습니다. 콘솔을 실행하는 사용자에게 읽기 권한을 주세요`,
    fileIsFolder: ({ file }) => `${file}: 폴더임`,
    fileTooLarge: ({ file }) => `${file}: 키라기에는 너무 큼`,
    fileUnreadable: ({ file, code }) => `${file}: 읽을 수 없음${inBrackets(code)}`,
    noKeyStored: () => '이 호스트에 저장된 개인 키가 없습니다. 다시 지정하세요',
    credentialUnreadable: () => '저장된 인증 정보를 더 이상 읽을 수 없습니다(암호화 키가 바뀜). 다시 입력하세요',
    credentialLeftBehind: () => '인증 정보가 새 주소로 이어지지 않았습니다. 다시 입력하세요',
    noChannel: () => '채널이 열리지 않음',
    commandEnded: () => '명령이 종료됨',
    commandEndedAtOnce: ({ code }) => `명령이 바로 종료됨, ${code === null ? '종료 코드 알 수 없음' : `종료 코드 ${code}`}`,
    answerEndedEarly: () => '응답이 도중에 끝남',
    answerIncomplete: ({ limitMs }) => `${seconds(limitMs)} 안에 완전한 응답이 없음`,
    noReading: ({ limitMs }) => `${seconds(limitMs)} 안에 데이터가 없음`,
  },
}
