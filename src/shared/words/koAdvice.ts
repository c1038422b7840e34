import { type Advice, where } from './sentences.ts'

const unreachable = {
  refused: '포트(MediaMTX: 9997), MediaMTX 실행 여부, mediamtx.yml의 "api: yes"를 확인하세요.',
  noRoute: '주소와 네트워크, 중간의 VPN을 확인하세요.',
  nameNotFound: '철자와 이 컴퓨터의 DNS를 확인하거나 IP 주소를 사용하세요.',
  reset: 'http://와 https://를 바꾸어 시도하세요. 둘 다 응답이 없으면 중간에 프록시나 방화벽이 있거나 MediaMTX가 종료되는 중입니다. 로그를 확인하세요.',
  connectTimeout: '방화벽이 패킷을 버리고 있을 수 있습니다. 여기서 그곳으로 가는 TCP 포트 9997을 여세요.',
}
const lookAround = '해당 컴퓨터와 네트워크를 확인하세요.'

export const koAdvice: Advice = {
  troubles: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
    streamGone: '인코더나 카메라와 그 네트워크를 확인하세요.',
    streamStalled: '송출자나 그 네트워크가 멈췄습니다. 인코더를 다시 시작하세요.',
    slateOnAir: '송출을 시작하세요.',
    onDemandFailed: '카메라가 응답하는지 확인하세요. 스트림을 읽으면 다시 시도합니다.',
    sourceFailing: 'mediamtx.yml의 소스 주소와 카메라가 응답하는지 확인하세요.',
    packetsLost: '송출자와 서버 사이의 네트워크와 당시 서버 자체가 멈췄는지 확인하세요. SRT라면 지연 시간을 늘리세요.',
  },
  serverErrors: {
    unreachable: ({ reason }) => unreachable[reason],
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
  hostErrors: {
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
