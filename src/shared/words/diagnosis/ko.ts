import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, joined, where } from '../texts.ts'
import type { DiagnosisWords } from './diagnosisWords.ts'

const say = sayIn('ko')
const onPort = (port: number | null) => (port === null ? '' : `(포트 ${port})`)

export const ko: Rest<DiagnosisWords> = {
  stateIs: (state) => `상태: ${state}.`,
  found: {
    resolved: ({ addresses }) => `주소는 ${addresses.join(', ')}입니다.`,
    maybeOff: ({ setting }, door) =>
      `${door}: 일반 포트에서 응답이 없습니다. 설정을 읽지 못했으므로 꺼져 있거나("${setting}") 다른 포트에서 수신 중일 수 있습니다.`,
    switchedOff: ({ setting }, door) => `${door}: 설정에서 꺼져 있습니다("${setting}").`,
    loopbackOnly: ({ bound }, door) => `${door}: 서버 자신에서만 수신합니다(${bound}).`,
    certificate: ({ names, issuer, validTo, chain, pinned, daysLeft }) =>
      joined(
        `이름: ${names || '없음'}, 발급자: ${issuer || '없음'}, 체인의 인증서 ${say.number(chain)}개.`,
        daysLeft === null ? `${say.momentOf(validTo)}까지 유효합니다.` : `${say.number(daysLeft)}일 후 만료됩니다(${say.momentOf(validTo)}).`,
        pinned && '고정된 인증서입니다.',
      ),
    apiAnswers: ({ version }) => (version === null ? '응답합니다. 버전은 1.15.2보다 오래되었습니다.' : `MediaMTX ${version} 버전이 응답합니다.`),
    rtspAnswers: ({ methods }) => (methods.length === 0 ? '응답합니다.' : `응답합니다: ${methods.join(', ')}.`),
    otherProgram: (_, door) => (door === '' ? '예상과 다른 프로그램이 응답합니다.' : `응답하는 프로그램이 ${door} 프로토콜을 쓰지 않습니다.`),
    processRuns: ({ pid, startedAt }) => joined(`MediaMTX가 실행 중입니다(프로세스 ${pid}).`, startedAt !== null && `${say.momentOf(startedAt)}부터.`),
    processUnclear: ({ count }) => `미디어 서버 ${say.number(count)}개가 실행 중이며, 어느 것이 이 서버인지 알 수 없습니다.`,
    processMissing: ({ active, result, exitStatus }) =>
      joined(
        '미디어 서버가 실행되고 있지 않습니다.',
        active !== null && `unit 상태: ${active || '알 수 없음'}(${result || '결과 없음'}${exitStatus === null ? '' : `, 종료 코드 ${exitStatus}`}).`,
      ),
    hostPorts: ({ listening, loopback, missing }) =>
      joined(
        listening.length > 0 && `수신 중: ${listening.map(({ port, user }) => `${port}(${user})`).join(', ')}.`,
        loopback.length > 0 && `컴퓨터 자신에서만: ${loopback.map(({ port }) => port).join(', ')}.`,
        missing.length > 0 && `수신하지 않음: ${missing.map(({ port }) => port).join(', ')}.`,
        listening.length + loopback.length + missing.length === 0 && '이 컴퓨터에는 해당 포트가 없습니다.',
      ),
    logSays: ({ from, closed }) =>
      joined(from === 'journal' ? '시스템 로그에서 읽었습니다.' : '로그 파일에서 읽었습니다.', closed !== null && `마지막 송출자가 끊긴 이유: ${closed}.`),
    streamIs: ({ codecs, readers, said }) =>
      joined(
        codecs.length > 0 && `트랙: ${codecs.join(', ')}.`,
        readers !== null && `시청자 ${say.number(readers)}명.`,
        said !== null && `서버 메시지: ${said}`,
      ),
    noSuchStream: ({ configured }) => (configured === false ? '서버에 이 스트림이 없고, 설정된 경로도 없습니다.' : '서버에 이 스트림이 없습니다.'),
    mayNotPublish: ({ status, who, proxied }) =>
      joined(
        `이 콘솔의 사용자는 여기로 송출할 수 없습니다(${status}). 다른 사용자와는 무관합니다.`,
        who === 'users' && '구성에 따르면 지정된 사용자나 주소만 할 수 있습니다.',
        proxied && '거부한 쪽은 MediaMTX라고 밝히지 않습니다. 앞에 프록시가 있습니다.',
      ),
    nobodyMayPublish: ({ status }) => `구성의 어떤 사용자도 여기로 송출할 수 없습니다${where(status?.toString(), (code) => `(WHIP ${code})`)}.`,
    publisherWas: ({ address, endedAt, bytes }) =>
      joined(`송출자: ${address ?? '알 수 없음'}, ${say.momentOf(endedAt)}까지.`, bytes !== null && `${say.size(bytes)}를 받았습니다.`),
    described: ({ media }) => (media.length === 0 ? '읽을 수 있습니다.' : `읽을 수 있습니다: ${media.join(', ')}.`),
    rtspRefused: ({ status, message, credentials }) =>
      status === 401
        ? `거부됨(401): ${credentials ? '이 콘솔의 인증 정보를 사용했습니다' : '인증 정보가 필요합니다'}.`
        : `거부됨: ${status}${where(message, (words) => ` ${words}`)}.`,
    webRefused: ({ status, message, credentials }) =>
      status === 401 || status === 403
        ? `거부됨(${status}): ${credentials ? '이 콘솔의 인증 정보를 사용했습니다' : '인증 정보가 필요합니다'}.`
        : `거부됨: ${status}${where(message, (words) => ` (${words})`)}.`,
    playlist: ({ longestSegmentSeconds, lowLatency }) =>
      joined(
        longestSegmentSeconds !== null && `세그먼트는 최대 ${say.number(longestSegmentSeconds)}초입니다.`,
        lowLatency ? '저지연 HLS입니다.' : '저지연이 아니므로 플레이어가 세그먼트 몇 개만큼 늦습니다.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? '페이지는 응답했지만 세그먼트가 제때 나오지 않았습니다. 키프레임 간격이 긴 것 같습니다.'
        : `세그먼트는 키프레임에서 끝나며, 그 간격이 ${say.number(seconds)}초 이상입니다.`,
    notCarried: ({ codecs }, door) => `시도하지 않음: ${door} 프로토콜은 어느 트랙도 전송하지 못합니다(${codecs.join(', ')}).`,
  },
  verdicts: {
    nameUnknown: ({ host }) => [`이름 ${host}을(를) 확인할 수 없습니다.`, '철자와 이 컴퓨터의 DNS를 확인하거나 IP 주소를 사용하세요.'],
    hostSilent: ({ host }) => [
      `${host}의 어떤 포트도 응답하지 않습니다.`,
      '컴퓨터가 꺼져 있거나 중간의 네트워크, VPN 또는 방화벽이 모두 차단합니다. 먼저 다른 방법으로 접속해 보세요.',
    ],
    nothingListens: ({ host }) => [
      `${host}은(는) 켜져 있지만 MediaMTX의 포트가 모두 닫혀 있습니다. 실행 중이 아닙니다.`,
      '해당 컴퓨터에서 서비스와 로그를 확인하세요("systemctl status mediamtx"). 시작하자마자 종료되었다면 포트가 사용 중일 수 있습니다("address already in use").',
    ],
    portInUse: ({ port, protocol }) => [
      `MediaMTX가 실행되고 있지 않습니다. 시작할 때 ${port} 포트(${protocol.toUpperCase()})가 사용 중이었습니다.`,
      '호스트에서 그 프로그램을 찾아("ss -ltnup") 둘 중 하나의 포트를 바꾸고 MediaMTX를 시작하세요.',
    ],
    processEnded: ({ host, active, exitStatus, said }) => [
      joined(
        `${host}에서 MediaMTX가 실행되고 있지 않습니다.`,
        active !== null && `unit 상태: ${active || '알 수 없음'}${exitStatus === null ? '' : `, 종료 코드 ${exitStatus}`}.`,
        said !== null && `로그의 마지막 줄: ${said}`,
      ),
      '시작하고("systemctl start mediamtx"), 다시 종료되면 로그를 확인하세요.',
    ],
    firewalled: ({ door, port }, name) => [
      `${name(door)}: 호스트에서는 ${port} 포트로 수신하지만 여기서는 닫혀 있습니다. 중간에 방화벽이 있습니다.`,
      `호스트("nft list ruleset", "ufw status")와 네트워크에서 여세요${door === 'srt' ? '(UDP)' : ''}.`,
    ],
    portTaken: ({ door, port }, name) => [
      `MediaMTX가 실행 중이 아니고 ${name(door)} 포트${onPort(port)}를 다른 프로그램이 쓰고 있습니다. 포트가 하나라도 사용 중이면 MediaMTX는 시작하자마자 종료됩니다.`,
      '서버에서 그 프로그램을 찾아("ss -ltnp") 둘 중 하나의 포트를 바꾸고 MediaMTX를 시작하세요.',
    ],
    apiElsewhere: ({ api }) => [`API는 이 콘솔이 묻는 곳이 아니라 ${api}에 있습니다.`, '서버에 이 주소를 입력하세요.'],
    apiOff: ({ port }) => [
      `MediaMTX는 실행 중이지만 API가 수신하지 않습니다${onPort(port)}.`,
      'mediamtx.yml에서 켜고("api: yes") 이 콘솔에서 접속할 수 있게 하세요(apiAddress).',
    ],
    apiFiltered: ({ port }) => [
      `MediaMTX는 실행 중이지만 API 포트${onPort(port)}에서 아무 응답이 없습니다. 방화벽이 패킷을 차단합니다.`,
      '이 콘솔에서 서버로 가는 포트를 여세요.',
    ],
    doorLoopback: ({ door, setting, bound }, name) => [
      `${name(door)}: 서버 자신에서만 수신합니다(${bound}).`,
      `다른 곳에서 접속하려면 mediamtx.yml의 ${setting}Address에서 주소를 빼세요.`,
    ],
    doorRefuses: ({ door, port }, name) => [
      `${name(door)}: 켜져 있지만 수신 중인 프로그램이 없습니다${onPort(port)}.`,
      '재시작 없이 설정이 바뀌었거나, 포트가 다른 곳으로 매핑되었거나(컨테이너), 포트를 열지 못했습니다. 로그를 확인하세요.',
    ],
    doorSilent: ({ door, port }, name) => [
      `${name(door)}: 켜져 있지만 포트${onPort(port)}가 응답하지 않습니다. 여기와 서버 사이에서 차단됩니다.`,
      `중간의 방화벽에서 여세요${door === 'srt' ? '(UDP)' : ''}. 다른 곳에서는 접속될 수도 있습니다.`,
    ],
    doorOther: ({ door, port }, name) => [
      `MediaMTX의 ${name(door)}이(가) 아닌 다른 프로그램이 응답합니다${onPort(port)}.`,
      '두 프로그램이 같은 포트를 쓰도록 설정되었거나 프록시가 다른 곳으로 연결합니다. 하나의 포트를 바꾸세요.',
    ],
    pathNotConfigured: ({ path }) => [
      `${path}에 해당하는 경로가 설정에 없어 송출과 읽기가 오류(500)로 끝납니다.`,
      'mediamtx.yml에 경로를 추가하거나 모든 이름에 대해 "all_others:"를 추가하세요.',
    ],
    sourceFails: ({ path, said }) => [
      `서버가 ${path}을(를) 직접 가져오지만 소스에서 데이터가 오지 않습니다${behindColon(said)}${said === null ? '.' : ''}`,
      '소스의 주소와 인증 정보, 그리고 서버에서 접속되는지 확인하세요.',
    ],
    publishingForbidden: ({ path, status }) => [
      `구성의 어떤 사용자도 ${path}을(를) 송출할 수 없어 모든 송출이 거부됩니다${where(status?.toString(), (code) => `(WHIP ${code})`)}.`,
      'mediamtx.yml의 authInternalUsers에서 인코더의 사용자에게 이 경로의 "action: publish" 권한을 주세요.',
    ],
    publisherLost: ({ path, door, address, at, said }, name) => [
      `${path}의 송출자(${name(door)}${where(address, (from) => `, ${from}`)})가 ${say.momentOf(at)}에 끊긴 뒤 돌아오지 않았습니다.${where(said, (reason) => ` 서버 로그: ${reason}.`)}`,
      '인코더와, 인코더와 서버 사이의 네트워크를 확인하세요. 연결이 끝난 이유는 그 시각의 서버 로그에 있습니다("closed:").',
    ],
    publishingRefused: ({ path, status, proxied }) => [
      `아무도 ${path}을(를) 송출하지 않으며, 인증 정보가 맞지 않으면 거부됩니다(WHIP ${status}).`,
      proxied
        ? '거부한 쪽은 MediaMTX라고 밝히지 않습니다. 앞의 프록시를 먼저 확인하세요.'
        : '인코더의 사용자 이름과 비밀번호, 그리고 그 사용자에게 이 경로의 "action: publish" 권한이 있는지 확인하세요.',
    ],
    nobodyPublishes: ({ path }) => [
      `서버는 정상이지만 아무도 ${path}을(를) 송출하지 않습니다.`,
      '인코더를 확인하세요. 실행 중인지, 이 서버와 이 이름, 송출 권한이 있는 사용자를 쓰는지 보세요. 시도했다면 거부된 이유가 서버 로그에 있습니다.',
    ],
    stalled: ({ path }) => [
      `${path}은(는) 연결되어 있지만 아무것도 보내지 않습니다.`,
      '인코더와 그 네트워크를 확인하세요. 연결은 있지만 데이터가 없습니다. 돌아오지 않으면 세션을 끊으세요.',
    ],
    readingRefused: ({ door }, name) => [
      `${name(door)}: 이 콘솔의 인증 정보로는 읽을 수 없습니다.`,
      'mediamtx.yml에서 이 사용자에게 경로의 "action: read" 권한을 주세요. 다른 사용자는 읽을 수 있을지도 모릅니다.',
    ],
    readingFails: ({ door, status, message }, name) => [
      `${name(door)}: 스트림을 주지 않습니다. ${status}${where(message, (words) => ` (${words})`)}.`,
      '이 시각의 서버 로그를 확인하세요.',
    ],
    notCarried: ({ doors, codecs }, name) => [
      `스트림은 방송 중이지만 ${doors.map(name).join(', ')}(으)로는 어느 트랙(${codecs.join(', ')})도 읽을 수 없습니다.`,
      codecs.includes('MPEG-TS')
        ? 'RTSP로 읽으십시오. RTSP로 송출된다면 경로에 “rtspDemuxMpegts: yes”(1.17.0부터)를 설정해도 됩니다.'
        : 'RTSP로 읽거나, 소스가 H264와 Opus 또는 AAC를 보내게 하십시오.',
    ],
    noSegment: ({ seconds }) => [
      seconds === null
        ? '스트림은 방송 중이지만 HLS 세그먼트가 제때 나오지 않았습니다. 키프레임 간격이 긴 것 같습니다.'
        : `스트림은 방송 중이지만 HLS로는 늦게 시작됩니다. 세그먼트는 키프레임에서 끝나며, 그 간격이 ${say.number(seconds)}초 이상입니다.`,
      '인코더가 1~2초마다 키프레임을 보내게 하십시오(GOP). 간격은 프로브로 잴 수 있습니다.',
    ],
    delayHigh: ({ seconds, lowLatency }) => [
      joined(
        '스트림은 재생되지만 HLS로는 늦습니다.',
        seconds !== null && `키프레임 간격이 길어 세그먼트가 최대 ${say.number(seconds)}초입니다.`,
        !lowLatency && '저지연이 꺼져 있습니다.',
      ),
      joined(
        seconds !== null && '인코더가 1~2초마다 키프레임(GOP)을 보내게 하세요.',
        !lowLatency && 'mediamtx.yml에 "hlsVariant: lowLatency"를 설정하거나 WebRTC로 재생하세요.',
      ),
    ],
    certificateEnds: ({ door, days }, name) => [`모두 응답합니다. ${name(door)}의 인증서가 ${say.number(days)}일 후 만료됩니다.`, '그 전에 갱신하세요.'],
    waits: ({ path }) => [`모두 응답합니다. ${path}은(는) 온디맨드이며 누군가 읽을 때 시작됩니다.`, '소스를 확인하려면 다시 진단하면서 시작을 허용하세요.'],
    unfinished: () => ['응답 없는 항목이 너무 많아 원인을 말할 수 없습니다.', '아래 단계를 보고 다시 시도하세요.'],
    allWell: ({ off, maybeOff }, name) => [
      joined(
        '시도한 모든 것이 정상적으로 응답합니다.',
        off.length > 0 && `설정에서 꺼짐: ${off.map(name).join(', ')}.`,
        maybeOff.length > 0 && `일반 포트에서 응답 없음(꺼져 있을 수 있음): ${maybeOff.map(name).join(', ')}.`,
      ),
      '',
    ],
  },
  atDoor: (door) => `${door}: `,
}
