import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('ko')
const steps = { opening: '여는', inspecting: '분석하는', reading: '읽는', decoding: '디코딩하는', publishing: '송출하는' }
const address = {
  characters: '공백이나 주소에 쓸 수 없는 문자가 있습니다',
  notAnAddress: '주소가 아닙니다',
  scheme: `프로토콜이 ${mediaSchemes.join(', ')} 중 하나가 아닙니다`,
  notInFull: '주소가 완전하지 않습니다',
  noHost: '호스트 이름이 없습니다',
  parameters: '수신용이 아닌 매개변수가 있습니다',
  notCaller: 'SRT는 caller로만 읽습니다',
  awaitsCaller: '송신 측이 이 콘솔을 호출하므로 닫으면 송신이 끊깁니다. 계속 읽기만 할 수 있습니다',
  linkLocal: '링크 로컬 주소입니다',
  leadsInside: '리디렉션이나 재생 목록을 통해 내부 네트워크나 이 컴퓨터로 연결됩니다',
  otherForm: '요청 형식이 다릅니다',
}
const unavailable = {
  noProcess: '이 콘솔에 미디어 프로세스가 없습니다',
  keepsEnding: '미디어 프로세스가 계속 종료됩니다. 이유는 로그에 있습니다',
  onlyNodeAv: 'node-av를 불러올 수 없고 다른 것은 쓸 수 없게 되어 있습니다',
  needsNodeAv: '여기서는 node-av를 불러올 수 없고, 송출은 그것으로만 할 수 있습니다',
}
const undecodable = {
  notMedia: '미디어 데이터가 아닙니다',
  noDecoder: '맞는 디코더가 없습니다',
  endedEarly: '첫 화면이 나오기 전에 끝났습니다',
  noWholePicture: '온전한 화면을 받지 못했습니다',
  playlistTooLarge: '재생목록이 너무 크거나 너무 많은 목록을 가리킵니다',
  webPage: '대신 로그인 화면 같은 웹 페이지가 왔습니다',
}
const permission = 'mediamtx.yml에서 "action: read" 권한을 부여하세요.'

export const ko: PictureWords = {
  reasons: {
    notLive: () => '지금은 송출이 없습니다.',
    slate: () => '대체 화면 송출 중: 송출자 없음.',
    onDemand: () => '온디맨드 스트림입니다. 보면 소스가 시작됩니다.',
    hlsOff: () => '이 서버에서 HLS가 꺼져 있습니다(mediamtx.yml의 "hls: no").',
    codecH265: () => '비디오가 H265이며 이 브라우저는 재생하지 못합니다.',
    serverDown: () => '서버가 응답하지 않습니다.',
    closed: () => '이 화면은 닫혔습니다. 다시 여세요.',
    settingsChanged: () => '서버 설정이 변경되었습니다. 화면을 다시 여세요.',
    readRefused: () => `서버가 이 사용자의 스트림 수신을 허용하지 않습니다. ${permission}`,
    hlsNotEncrypted: () =>
      '이 서버의 HLS는 암호를 요구하지만 암호화되어 있지 않고 API는 암호화되어 있습니다. mediamtx.yml에 "hlsEncryption: yes"를 설정하세요.',
    noPictureNow: () => '서버에 지금 이 스트림의 화면이 없습니다.',
    redirectUnreadable: () => '서버가 읽을 수 없는 주소로 리디렉션합니다.',
    redirectsInCircle: () => '서버의 리디렉션이 반복됩니다.',
    playlistTooLong: () => '재생 목록이 MediaMTX가 만드는 것보다 큽니다.',
    playlistElsewhere: () => '재생 목록이 자기 경로 밖의 주소를 가리킵니다.',
    notHls: ({ host }) => `${host}에서 응답하는 것은 MediaMTX의 HLS가 아닙니다.`,
    notWebrtc: ({ host }) => `${host}에서 응답하는 것은 MediaMTX의 WebRTC가 아닙니다.`,
    offerTypeWrong: ({ type }) => `본문 형식은 ${type}이어야 합니다.`,
    otherMethod: ({ methods }) => `여기서는 ${methods.join(', ')}만 받습니다.`,
    lastViewerLeft: () => '마지막 시청자가 나갔습니다. 계속 보면 소스가 꺼지지 않습니다. 소스를 시작하려면 화면을 다시 여세요.',
    viewersUnknown: () => '이 서버는 HLS의 다른 시청자를 알려 주지 않습니다. 소스가 계속 켜져 있지 않도록 5분 뒤에 화면을 닫았습니다.',
    noSuchPart: () => '화면에 그런 부분이 없습니다.',
    onlyGet: () => '여기서는 GET만 받습니다.',
    webrtcOff: () => '이 서버에서 WebRTC가 꺼져 있습니다(mediamtx.yml의 "webrtc: no").',
    webrtcNotEncrypted: () =>
      '이 서버의 WebRTC는 암호를 요구하지만 암호화되어 있지 않고, API는 암호화되어 있습니다. mediamtx.yml에서 "webrtcEncryption: yes"로 설정하세요.',
    notPlayback: ({ host }) => `${host}에서 응답하는 것은 MediaMTX의 재생 서버가 아닙니다.`,
    playbackOff: () => '이 서버의 재생 서버가 꺼져 있어(mediamtx.yml의 "playback: no") 녹화를 재생할 수 없습니다.',
    playbackNotEncrypted: () =>
      '재생 서버가 암호를 요구하지만 암호화되어 있지 않고, API는 암호화되어 있습니다. mediamtx.yml에서 "playbackEncryption: yes"로 설정하세요.',
    playbackRefused: () => '서버가 이 사용자의 녹화 재생을 허용하지 않습니다. mediamtx.yml에서 "action: playback" 권한을 부여하세요.',
    playbackSpanWrong: () => '서버, 스트림, 시작과 끝 시각을 지정하세요. 최대 6시간입니다.',
    nothingRecorded: () => '서버에 이 시간의 녹화가 없습니다.',
    notPlayableFormat: () => '서버가 이 녹화를 재생할 수 없습니다. 구성된 경로의 fMP4 녹화만 재생할 수 있습니다.',
    webrtcNotServed: () => '이 서버는 WebRTC에 응답하지만 WebRTC로 내보낼 미디어가 없습니다(데모 서버가 그렇습니다).',
    publishRefused: () => '서버가 이 사용자의 스트림 송출을 허용하지 않습니다. mediamtx.yml에서 "action: publish" 권한을 부여하세요.',
    offerTooLong: () => 'SDP 제안이 브라우저가 만드는 것보다 깁니다.',
    offerEmpty: () => '요청에 SDP 제안이 없습니다.',
    noSuchServer: () => '그런 서버가 없습니다.',
    serverMissing: () => '감시 중인 서버가 여러 대입니다. server=에 이름이나 ID로 어느 서버인지 지정하세요.',
    pathMissing: () => 'path=로 어느 스트림인지 지정하세요.',
    sessionGone: () => '그런 세션이 없거나 이미 끝났습니다.',
    tokenOver: () => '이 토큰은 만료되었습니다. 새 토큰을 요청하세요.',
    tokenOfOthers: () => '이 토큰은 이 스트림용이 아니거나 이 작업용이 아닙니다. 재생만 또는 송출만 허용합니다.',
    tooManyAtOnce: () => '처리 중인 요청이 너무 많습니다. 잠시 후 다시 시도하세요.',
    browserWithoutWebrtc: () => '이 브라우저에는 WebRTC가 없습니다.',
    webrtcH265: () => '비디오가 H265이며 이 브라우저는 WebRTC로 재생하지 못합니다.',
    webrtcCodecs: ({ codecs }) => `WebRTC는 ${codecs.join(', ')} 코덱을 전송하지 못합니다.`,
    webrtcNoFrames: () => 'WebRTC가 연결되었지만 제한 시간 안에 영상이 오지 않았습니다.',
    webrtcBroke: () => 'WebRTC 연결이 끊어졌습니다.',
    bFrames: ({ codec }) =>
      `서버가 첫 영상 전에 WebRTC를 종료했습니다. 비디오에 B 프레임이 있을 때의 동작이며, WebRTC는 B 프레임을 전송하지 못합니다. 이 ${codec} 인코더에서 B 프레임을 끄세요.`,
    soundByHls: ({ codec }) =>
      `WebRTC는 ${codec} 오디오를 전송하지 않지만 HLS는 전송합니다. 음소거하면 WebRTC로 재생합니다. WebRTC로 들으려면 Opus로 송출하세요.`,
    iceNoCandidates: () =>
      '서버가 WebRTC 미디어용 주소를 제공하지 않습니다. mediamtx.yml에 "webrtcIPsFromInterfaces: yes"를 설정하거나 여기서 도달 가능한 주소를 "webrtcAdditionalHosts"에 넣으세요.',
    iceLoopbackOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 자기 장비의 주소(${addresses.join(', ')})만 제공하며, 여기서는 도달할 수 없습니다. 여기서 도달 가능한 주소를 mediamtx.yml의 "webrtcAdditionalHosts"에 추가하세요.`,
    icePrivateOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 사설 주소(${addresses.join(', ')})만 제공하고 TURN 서버도 제공하지 않으며, 여기서는 연결되지 않았습니다. mediamtx.yml의 "webrtcAdditionalHosts"에 공인 주소를 추가하거나 "webrtcICEServers2"에 TURN 서버를 추가하세요.`,
    iceNamesOnly: ({ addresses }) =>
      `서버가 WebRTC 미디어용으로 자기 네트워크 안에서만 알 수 있는 이름(${addresses.join(', ')})만 제공합니다. 여기서 도달 가능한 주소를 mediamtx.yml의 "webrtcAdditionalHosts"에 추가하세요.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `서버가 WebRTC 미디어용으로 제공하는 ${addresses.join(', ')} 주소에서 응답이 없었습니다. ${relay ? '경로의 방화벽에서 이 포트를 열고 TURN 서버가 동작하는지 확인하세요.' : tcp ? '경로의 방화벽에서 이 포트를 UDP와 TCP로 여세요.' : '경로의 방화벽에서 UDP 포트를 열거나 서버가 TCP도 제공하게 하세요: mediamtx.yml의 "webrtcLocalTCPAddress: :8189".'}`,
    noWayToRead: () => '이 서버에서 RTSP, HLS, SRT가 꺼져 있거나(mediamtx.yml) 설정에 주소가 비어 있습니다.',
    rtspReadRefused: () => `서버가 이 사용자의 RTSP 수신을 허용하지 않습니다. ${permission}`,
    rtspPasswordMissing: () => '이 서버의 RTSP는 암호나 토큰을 요구하지만 저장된 것이 없습니다.',
    rtspPasswordWithheld: () =>
      '이 서버의 RTSP는 암호나 토큰을 요구합니다. 주소가 API와 다른 호스트이거나, API는 암호화되어 있는데 평문으로 전송되므로 보내지 않았습니다.',
    rtspCredentialsTooLong: () => '이 서버의 RTSP는 암호나 토큰을 요구하는데, 저장된 것이 RTSP에 쓰기에는 너무 깁니다.',
    notDecoded: () => '이 브라우저는 이 스트림을 디코딩하지 못합니다.',
    tooLate: () => '제한 시간 안에 화면이 나오지 않았습니다.',
    brokeOff: () => '화면이 멈췄습니다. 연결이 끊겼습니다.',
    notPlayable: () => '화면을 재생할 수 없습니다.',
    browserWithoutHls: () => '이 브라우저는 HLS를 재생하지 못합니다.',
    codecUnsupported: ({ codecs }) => `HLS는 ${codecs.join(', ')}을(를) 지원하지 않습니다.`,
    badAddress: ({ of, address }) => `"${address}"은(는) ${doorNames[of]} 주소가 아닙니다. ${addressExamples[of]} 형식으로 입력하세요.`,
    refusedAddress: ({ because }) => `이 주소는 열지 않습니다: ${address[because]}.`,
    timedOut: ({ limitMs }) => `${say.number(limitMs / 1000)}초 안에 화면이 나오지 않았습니다.`,
    unauthorized: () => '서버가 이 스트림에 다른 인증 정보를 요구합니다.',
    refused: () => '서버가 이유를 밝히지 않고 거부했습니다. 해당 스트림이 없거나 사용자와 비밀번호가 틀렸습니다.',
    addressUnreadable: () => '저장된 주소를 복호화할 수 없습니다. 다시 입력하세요.',
    notFound: () => '그곳에는 송출이 없습니다.',
    noVideo: () => '스트림에 비디오가 없습니다.',
    undecodable: ({ because }) => `스트림을 디코딩하지 못했습니다: ${undecodable[because]}.`,
    decoderFailed: ({ said }) => `스트림을 디코딩하지 못했습니다: "${said}".`,
    crashed: () => '이 콘솔의 미디어 프로세스가 종료되었거나 준비되지 않았습니다. 다시 시작합니다.',
    setAside: () => '이 스트림에서 미디어 프로세스가 여러 번 종료되어 당분간 읽지 않습니다.',
    unavailable: ({ because }) => `여기서는 화면을 만들 수 없습니다: ${unavailable[because]}.`,
    cancelled: () => '취소되었습니다.',
  },
  unreachable: (doing, said) => `스트림을 읽지 못했습니다. ${steps[doing]} 중에 나온 FFmpeg 메시지: "${said}".`,
  unread: (fault) => `스트림을 읽지 못했습니다: ${fault}.`,
  faults: {
    nameNotFound: () => '호스트 이름을 찾을 수 없음',
    noConnection: () => '연결되지 않음',
    ended: () => '스트림이 끝남',
    noWebrtcAddress: () => '서버가 UDP용 WebRTC 주소를 제공하지 않음',
    noWebrtcConnection: () => 'WebRTC로 연결되지 않음',
    status: ({ status }) => `서버가 상태 코드 ${status}(으)로 응답함`,
  },
  noFfmpeg: (problem, install) => `여기서는 화면을 만들 수 없습니다. ${problem} FFmpeg를 설치하거나(${install}) 설정의 영상에서 지정하세요.`,
  tools: {
    notOnPath: () => 'PATH에 ffmpeg가 없습니다.',
    notAbsolute: ({ path }) => `"${path}"은(는) 절대 경로가 아닙니다.`,
    notFfmpeg: ({ path }) => `"${path}"의 이름이 ffmpeg가 아닙니다.`,
    notRunnable: ({ path }) => `"${path}"은(는) 실행할 수 있는 프로그램이 아닙니다.`,
    noFfprobe: ({ path }) => `"${path}" 옆에 ffprobe가 없습니다.`,
    notInSandbox: ({ path }) =>
      `"${path}"은(는) 스트림을 읽는 샌드박스에서 실행되지 않습니다. snap이나 스크립트라서 샌드박스에 없는 파일을 실행합니다. 다른 ffmpeg를 지정하거나 샌드박스를 끄십시오(MTXDECK_SANDBOX=off).`,
    noVersion: ({ path }) => `"${path}"이(가) FFmpeg 버전을 알려 주지 않습니다.`,
    noAnswer: ({ path }) => `"${path}"이(가) 응답하지 않습니다.`,
    tooOld: ({ path, version }) => `"${path}"은(는) FFmpeg ${version}이며 5.0 이상이 필요합니다.`,
    lacks: ({ path }, part) => `"${path}"에 ${part}이(가) 빠져 있습니다.`,
  },
  parts: { demuxer: '디먹서', protocol: '프로토콜', decoder: '디코더', filter: '필터', encoder: '인코더' },
}
