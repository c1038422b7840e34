import { sayIn } from '../say.ts'
import { behindColon, where } from '../texts.ts'
import { type ErrorWords, megabytes } from './errorWords.ts'

const say = sayIn('ko')
const quotedWords = (said: string | null) => where(said, (words) => `("${words}")`)
const inBrackets = (text: string | null) => where(text, (words) => `(${words})`)
const unreachable = {
  refused: '연결 거부됨: 이 주소에서 수신 대기 중인 서비스가 없습니다.',
  noRoute: '이 호스트로 가는 경로가 없습니다.',
  nameNotFound: '호스트 이름을 찾을 수 없습니다.',
  reset: '응답이 오기 전에 연결이 닫혔습니다.',
  connectTimeout: '연결 시도에 응답이 없습니다.',
}
const unreachableTodo = {
  refused: '포트(MediaMTX: 9997), MediaMTX 실행 여부, mediamtx.yml의 "api: yes"를 확인하세요.',
  noRoute: '주소와 네트워크, 중간의 VPN을 확인하세요.',
  nameNotFound: '철자와 이 컴퓨터의 DNS를 확인하거나 IP 주소를 사용하세요.',
  reset: 'http://와 https://를 바꾸어 시도하세요. 둘 다 응답이 없으면 중간에 프록시나 방화벽이 있거나 MediaMTX가 종료되는 중입니다. 로그를 확인하세요.',
  connectTimeout: '방화벽이 패킷을 버리고 있을 수 있습니다. 여기서 그곳으로 가는 TCP 포트 9997을 여세요.',
}

export const ko: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `연결은 되어 있지만 ${say.number(limitMs / 1000)}초 안에 응답이 없었습니다.`,
    certificateUntrusted: ({ subject }) => `인증서(${subject})가 이 시스템이 신뢰하는 기관의 서명이 아닙니다.`,
    certificateExpired: ({ validTo }) => `인증서가 만료되었습니다: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `인증서가 다른 이름(${names})의 것입니다.`,
    fingerprintChanged: () => '서버가 고정된 것과 다른 인증서를 제시합니다.',
    notTls: () => '서버가 이 주소에서 TLS를 쓰지 않습니다.',
    tlsRequired: () => '서버가 이 주소에서 TLS를 요구합니다.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven ? '서버가 이 사용자 또는 암호를 거부합니다. 잠기지 않도록 폴링을 중지했습니다.' : '서버가 사용자와 암호를 요구합니다.',
    forbidden: () => '이 사용자는 API를 사용할 수 없습니다.',
    noApiHere: () => '웹 서버가 응답하지만 여기에는 MediaMTX API가 없습니다(404).',
    notMediaMtx: ({ server, contentType }) => `MediaMTX API가 아닌 ${server || '다른 서비스'} 응답입니다(${contentType || '콘텐츠 형식 없음'}).`,
    badReply: ({ detail }) => `응답을 읽을 수 없습니다: ${detail}.`,
    cutReply: ({ receivedBytes }) => `응답이 ${say.number(receivedBytes)}바이트에서 끊겼습니다.`,
    tooLarge: ({ limitBytes }) => `응답이 ${megabytes(limitBytes)} MB보다 큽니다.`,
    httpStatus: ({ status, message }) => `서버가 상태 ${status}(으)로 응답했습니다${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location }) => `서버가 ${location}(으)로 리디렉션합니다(${status}).`,
    notEnabled: () => '이 프로토콜은 서버에서 꺼져 있습니다.',
    secretMissing: ({ detail }) => `비밀 정보를 읽을 수 없습니다: ${detail}.`,
    internal: ({ detail }) => `이 콘솔이 서버의 응답을 읽다가 오류가 났습니다: ${detail}.`,
    overdue: ({ ageMs }) => `${Math.round(ageMs / 1000)}초 동안 끝난 폴링이 없습니다.`,
  },
  serverTodo: {
    unreachable: ({ reason }) => unreachableTodo[reason],
    timedOut: () => '서버가 과부하 상태이거나 다른 프로그램이 수신 대기 중일 수 있습니다. 부하와 로그를 확인하세요.',
    certificateUntrusted: ({ fingerprint }) => `SHA-256 지문을 서버의 것과 비교한 뒤 고정하세요: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `서버에서 갱신하세요. 그때까지는 지문을 고정할 수 있습니다: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `인증서의 이름 중 하나를 주소로 쓰거나 지문을 고정하세요: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `갱신된 것이라면 새 지문을 고정하세요: ${actual} (현재 고정: ${expected}). 아니라면 누군가 중간에 있습니다.`,
    notTls: () => 'https:// 대신 http://를 쓰거나 mediamtx.yml에 apiEncryption: yes를 설정하세요.',
    tlsRequired: () => 'http:// 대신 https://를 사용하세요.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? '인증 정보를 고치세요. 서버가 설정 파일에 있으면 그곳에서 고치세요. 몇 초 안에 폴링이 재개됩니다.'
        : 'mediamtx.yml의 authInternalUsers에 "action: api" 권한이 있는 사용자를 추가하고 여기에 입력하세요.',
    forbidden: () => 'mediamtx.yml에서 "action: api" 권한을 부여하세요.',
    noApiHere: () => '포트를 확인하세요. API는 9997입니다(8889는 WebRTC, 8888은 HLS, 9998은 메트릭).',
    notMediaMtx: () => '주소와 포트를 확인하세요. 프록시 뒤라면 /v3/를 전달하는지 확인하세요.',
    badReply: () => '중간에 프록시가 있으면 서버에 직접 접속하세요. 아니라면 "mtxdeck diagnose"의 출력을 보내 주세요.',
    cutReply: () => '서버나 프록시가 연결을 닫았습니다. 계속되면 로그를 확인하세요.',
    tooLarge: () => 'MediaMTX의 어떤 응답보다도 큽니다. 이 주소에서 무엇이 수신 대기 중인지 확인하세요.',
    httpStatus: () => '서버의 로그를 확인하세요.',
    redirected: () => '리디렉션되는 주소를 입력하거나 프록시를 거치지 마세요.',
    notEnabled: () => '필요하면 mediamtx.yml에서 켜세요.',
    secretMissing: () => '이 사용자가 읽을 수 있게 하거나 인증 정보를 다시 입력하세요.',
    internal: () => 'mtxdeck의 오류이며 계속 시도합니다. "mtxdeck diagnose"의 출력을 보내 주세요.',
    overdue: () => '응답이 매우 느리거나 폴링이 조용히 끊겼습니다. mtxdeck이 폴링을 다시 시작합니다. 계속되면 부하를 확인하세요.',
  },
  host: {
    noRoute: ({ target, said }) => `${target}에 이르는 경로가 없습니다${inBrackets(said)}.`,
    refused: ({ target }) => `${target} 연결 거부됨: 이 포트에서 수신 대기 중인 서비스가 없습니다.`,
    timeout: ({ target, said }) => `${target}에서 제때 응답이 없습니다${inBrackets(said)}.`,
    nameNotFound: ({ target }) => `${target}의 이름을 찾을 수 없습니다.`,
    notSsh: ({ target, said }) => `${target}에서 응답하는 것은 SSH 서버가 아닙니다${behindColon(said)}.`,
    authRefused: ({ target, user, said }) => `${target}에서 ${user ?? '사용자'} 로그인을 거부합니다${behindColon(said)}.`,
    keyUnusable: ({ said }) => `개인 키를 사용할 수 없습니다: ${said ?? '알 수 없는 종류'}.`,
    passphraseWrong: ({ said }) => `개인 키의 암호 구문이 틀립니다${inBrackets(said)}.`,
    agentMissing: ({ said }) => `SSH 에이전트에 접속할 수 없습니다: ${said ?? 'SSH_AUTH_SOCK이 설정되지 않음'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `${target} 첫 연결. 키: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target}의 키가 바뀌었습니다: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, 기존 키 ${known}`)}.`,
    jumpFailed: ({ target, said }) => `${target}을(를) 거치는 연결에 실패했습니다${behindColon(said)}.`,
    shellMissing: ({ target, user, said }) => `${target}에 ${user ?? '사용자'}용 POSIX 셸이 없습니다${quotedWords(said)}.`,
    commandRefused: ({ target, user, said }) => `${target}에서 ${user ?? '사용자'}의 명령 실행을 거부합니다${quotedWords(said)}.`,
    answerBroken: ({ target, said }) => `${target}의 응답을 읽을 수 없습니다${quotedWords(said)}.`,
    answerEndless: ({ target }) => `${target}의 응답이 끝나지 않아 중단했습니다.`,
    hung: ({ target, said }) => `${target}의 응답이 도중에 멈췄습니다${inBrackets(said)}.`,
    closed: ({ target, said }) => `${target} 연결이 닫혔습니다${said ? `: ${said}` : '(상대방이 닫음)'}.`,
    secretMissing: ({ said }) => `이 호스트의 인증 정보가 없습니다${inBrackets(said)}.`,
    internal: ({ target, said }) => `이 콘솔이 ${target}을(를) 읽다가 오류가 났습니다${inBrackets(said)}.`,
  },
  hostTodo: {
    noRoute: () => '주소, 네트워크, VPN, 중간의 방화벽을 확인하세요.',
    refused: () => '포트와 sshd 실행 여부("systemctl status ssh")를 확인하세요.',
    timeout: () => '꺼져 있거나 방화벽이 이 포트로 가는 패킷을 버리고 있을 수 있습니다. 이 컴퓨터에서 "ssh -v"를 시도하세요.',
    nameNotFound: () => '철자를 확인하거나 주소를 사용하세요.',
    notSsh: () => '포트를 확인하세요. SSH는 보통 22입니다.',
    authRefused: ({ said }) => (said ? '' : '사용자 이름과 인증 정보를 확인하세요.'),
    keyUnusable: () => '',
    passphraseWrong: () => '다시 입력하세요.',
    agentMissing: () => '에이전트를 시작하거나 콘솔에 SSH_AUTH_SOCK을 알려 주거나 키를 사용하세요.',
    hostKeyUnknown: ({ said }) =>
      `호스트의 키와 비교한 뒤("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub") 수락하세요. 인증 정보는 보내지 않았습니다.${where(said, (cause) => ` (${cause})`)}`,
    hostKeyChanged: ({ said }) =>
      `다시 설치되었거나 누군가 중간에 있습니다. 새 키를 수락하기 전에 운영자에게 확인하세요. 인증 정보는 보내지 않았으며 그때까지 다시 시도하지 않습니다.${where(said, (cause) => ` (${cause})`)}`,
    jumpFailed: () => '',
    shellMissing: () => '"sh"가 있고 PATH에 들어 있어야 합니다. Windows 호스트는 읽을 수 없습니다.',
    commandRefused: () => '사용자에게 로그인 셸을 주거나 안내대로 authorized_keys에서 콘솔의 명령을 허용하세요.',
    answerBroken: () => '배너나 강제 명령이 방해할 수 있습니다. SSH 명령은 다른 것을 출력하지 않아야 합니다.',
    answerEndless: () => '셸 시작 파일이나 강제 명령에서 무엇이 출력하는지 찾으세요.',
    hung: () => '보통 그곳의 디스크나 네트워크 파일 시스템이 멈춘 것입니다.',
    closed: () => '',
    secretMissing: () => '다시 입력하세요.',
    internal: () => 'mtxdeck의 오류이며 계속 시도합니다. "mtxdeck diagnose"의 출력을 보내 주세요.',
  },
}
