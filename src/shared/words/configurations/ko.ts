import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` 외 ${count - paths.length}개` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const ko: ConfigurationWords = {
  what: {
    anyMayAdminister: () => '서버에 접근할 수 있는 누구나 비밀번호 없이 API를 사용하거나 지표를 읽을 수 있습니다.',
    anyMayPublish: () => '서버에 접근할 수 있는 누구나 비밀번호 없이 모든 경로로 송출할 수 있습니다.',
    neverAsked: ({ setting, actions }) => `${setting}에 적혀 있어 서버에 접근할 수 있는 누구나 비밀번호 없이 할 수 있습니다: ${actions.join(', ')}.`,
    anyMayWatch: () => '서버에 접근할 수 있는 누구나 비밀번호 없이 모든 스트림을 볼 수 있습니다.',
    openOnMachine: ({ actions }) =>
      `서버가 실행되는 장비에 로그인한 누구나 비밀번호 없이 사용할 수 있습니다 (루프백 주소에서만 수신 대기): ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `어떤 웹사이트든 그것을 연 사람의 브라우저에서 서버에 요청할 수 있습니다: ${settings.join(', ')}.`,
    takeover: () => '두 번째 송신자가 송출 중인 송신자를 대신합니다 (overridePublisher).',
    noReaderLimit: () => '경로의 수신자 수에 제한이 없습니다 (maxReaders).',
    recordingsKept: ({ paths, count }) => `녹화가 삭제되지 않습니다: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `송신자가 없을 때도 슬레이트가 녹화됩니다: ${names(paths, count)}.`,
    passwordsTold: () => '이 버전의 API는 사용할 수 있는 누구에게나 내부 사용자의 비밀번호를 알려 줍니다 (1.20.1 이전).',
    endedByRequest: () => '이 버전의 API에 대한 요청 하나로 서버와 모든 스트림이 종료됩니다 (1.5까지).',
    playbackOpen: () => '사용자를 아직 옛 방식(readUser, publishUser)으로 설정했다면 비밀번호 없이 녹화를 재생할 수 있습니다 (1.21.2 이전).',
    slowKeys: () => 'JWT 키 주소의 응답이 느린 동안 아무도 로그인할 수 없습니다 (1.21.2 이전).',
    forwardsRestarted: () => '전달 대상을 하나 제거하면 그 뒤의 대상들이 다시 시작됩니다 (1.21.3 이전).',
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `${since}부터 시작되지 않습니다${ofPaths(where)}: “${said}”. 업그레이드 전에 바꾸십시오.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `다음 소스 중 하나에 비밀번호 없는 사용자나 사용자 없는 비밀번호가 있으면 ${since}부터 시작되지 않습니다${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `이름에 A–Z, 0–9, _ - . / 이외의 문자가 있어 ${since}부터 거부됩니다${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)}: ${since}부터 ${now.join(', ')} 설정이 대신합니다. 아직은 읽습니다.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)}: 제거될 예정입니다(${since}부터 예고).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)}: ${since}부터 효과가 없습니다.`,
    defaultChanged: ({ setting, since, before, after }) => `${setting}: 파일에서 설정하지 않으면 ${since}부터 ${before} 대신 ${after}입니다.`,
    apiNeedsUser: ({ since }) =>
      `${since}부터 authInternalUsers에 허용된 사용자가 없으면 서버 자신만 API를 쓸 수 있습니다. mtxdeck에 api 작업 권한이 있는 사용자를 주십시오.`,
    apiAsksServer: ({ since }) =>
      `${since}부터 authHTTPExclude에 적혀 있지 않으면 API, 지표, pprof도 인증 서버에 묻습니다. 인증 서버에서 mtxdeck을 허용하십시오.`,
    moqListens: ({ since }) =>
      `${since}부터 MoQ가 포트 8892(TCP, UDP)와 8893(UDP)을 쓰며, 하나라도 사용 중이면 서버가 시작되지 않습니다. moq: no로 끌 수 있습니다.`,
    jwtQueryOff: ({ since }) => `${since}부터 authJWTInHTTPQuery를 true로 설정하지 않으면 HTTP 주소의 토큰(?jwt=)이 거부됩니다.`,
    hlsViewersCounted: ({ since }) => `${since}부터 HLS 시청자가 한 명씩 표시되어 읽기 수와 송신 비트레이트가 한꺼번에 올라갑니다.`,
  },
  todo: {
    anyMayAdminister: () => '비밀번호가 있는 사용자나 필요한 주소에만 권한을 주십시오.',
    anyMayPublish: () => '카메라와 인코더에 비밀번호가 있는 사용자를 주십시오.',
    neverAsked: () => '목록에서 빼서 권한을 확인하게 하십시오. 그 전에 mtxdeck에 자체 권한을 주십시오.',
    anyMayWatch: () => '공개 스트림이면 괜찮습니다. 아니면 시청자에게 비밀번호가 있는 사용자를 주십시오.',
    openOnMachine: () => '신뢰하는 사람만 그 장비에 로그인하고 리버스 프록시가 요청을 전달하지 않으면 괜찮습니다. 아니면 비밀번호를 요구하십시오.',
    anyWebsite: () => '필요한 웹사이트만 적거나 비워 두십시오.',
    takeover: () => '인코더가 다시 연결하거나 서로 대신하는 경우에는 괜찮습니다. 아니면 끄십시오.',
    noReaderLimit: () => '서버 네트워크가 감당할 수 있는 한도를 정하십시오.',
    recordingsKept: () => '삭제 기한을 정하십시오. 그러지 않으면 디스크가 가득 찹니다.',
    slateRecorded: () => '송신자가 있을 때만 녹화하십시오.',
    passwordsTold: () => '서버를 업그레이드하고 비밀번호를 바꾸십시오.',
    endedByRequest: () => '서버를 업그레이드하고, 그때까지 이 콘솔만 API에 접근하게 하십시오.',
    playbackOpen: () => '서버를 업그레이드하거나 authInternalUsers를 사용하십시오.',
    slowKeys: () => '서버를 업그레이드하십시오.',
    forwardsRestarted: () => '서버를 업그레이드하거나, 송출이 없을 때 대상을 제거하십시오.',
  },
}
