import { koAdvice } from './koAdvice.ts'
import { isPulled, mediaWords, protocolWord } from './media.ts'
import { problemText } from './mistakeText.ts'
import { sayIn } from './say.ts'
import {
  behindColon,
  configurationCounts,
  damageWords,
  hostErrorWhat,
  kindsWords,
  type Lasted,
  megabytes,
  type Reader,
  type Sender,
  type Sentences,
  serverErrorWhat,
  type Went,
  where,
} from './sentences.ts'

const say = sayIn('ko')
const inRow = (names: readonly string[], more: number) => `${names.join(', ')}${more > 0 ? ` 외 ${say.number(more)}개` : ''}`
const quotedWords = (said: string | null) => where(said, (words) => `("${words}")`)
const inBrackets = (text: string | null) => where(text, (words) => `(${words})`)

function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `${protocolWord(sourceType ?? '')} 소스`
  if (remoteAddr !== null) return `송출자 ${remoteAddr}`
  return sourceType === null ? '송출자' : `${protocolWord(sourceType)} 송출자`
}
/** How long, in brackets behind what it is of. */
const forHowLong = (what: string, { minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : `(${what} ${say.interval(minMs, maxMs)})`)
const unseenWords = {
  silence: '(서버에 접속할 수 없던 동안)',
  restart: '(서버가 재시작될 때)',
  allAtOnce: '(이 서버의 다른 모든 송출자와 동시에)',
}
function wentText(facts: Went): string {
  const sender = senderOf(facts)
  const lasted = forHowLong('지속 시간', facts)
  if (facts.onDemand) return `${sender} 중지됨${lasted}: 수신자 없음.`
  if (facts.readersLost !== undefined) return `${sender} 실패${lasted}, 당시 수신자 ${say.number(facts.readersLost)}명.`
  return `${sender} ${isPulled(facts.sourceType) ? '끊김' : '연결 해제됨'}${facts.unseen === undefined ? lasted : unseenWords[facts.unseen]}.`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `${protocolWord(type)} 수신` : `${protocolWord(type)} 수신자${where(remoteAddr, (host) => ` ${host}`)}`
const storeNames = { main: '서버 및 설정 데이터베이스', history: '이력 데이터베이스' }
const unreachable = {
  refused: '연결 거부됨: 이 주소에서 수신 대기 중인 서비스가 없습니다.',
  noRoute: '이 호스트로 가는 경로가 없습니다.',
  nameNotFound: '호스트 이름을 찾을 수 없습니다.',
  reset: '응답이 오기 전에 연결이 닫혔습니다.',
  connectTimeout: '연결 시도에 응답이 없습니다.',
}

export const ko: Sentences = {
  someServer: '서버',
  labels: {
    serverUp: '서버 응답',
    serverDown: '서버 읽을 수 없음',
    serverSilent: '서버가 응답하지 않았음',
    serverRestarted: '서버 재시작',
    serverUpgraded: '서버 업그레이드',
    streamOn: '시작',
    streamOff: '종료',
    streamEnded: '종료됨',
    streamStalled: '멈춤',
    streamRecovered: '복구',
    slateOn: '대체 화면 송출',
    publisherChanged: '송출자 변경',
    codecChanged: '코덱 변경',
    sizeChanged: '화면 크기 변경',
    readerJoined: '수신자 접속',
    readerLeft: '수신자 이탈',
    consoleGap: '감시 공백',
    storeDamaged: '파일 손상',
    valueRefused: '값 거부됨',
    tooMuchSent: '너무 많이 보냄',
    configurationRead: '설정 다시 읽음',
    configurationRefused: '설정 오류',
    hostUp: '호스트 읽음',
    hostDown: '호스트 연결 불가',
    hostKeyChanged: '호스트 키 변경',
    hostKeyAccepted: '호스트 키 수락',
    hostRestarted: '호스트 재시작',
    mediaServerEnded: 'mediamtx 종료됨',
    mediaServerRestarted: 'mediamtx 재시작',
  },
  events: {
    serverUp: (facts, { name }) => (facts.minMs === undefined ? `${name}: 처음으로 응답했습니다.` : `${name}: 다시 응답합니다${forHowLong('중단', facts)}.`),
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized'
        ? `${name}: 접근이 거부되어 폴링을 중지했습니다.`
        : `${name}: 읽을 수 없습니다. ${serverErrorWhat(error, ko)}${streams ? ` 스트림 ${say.number(streams)}개는 끊긴 것이 아니라 상태를 알 수 없습니다.` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name}: 응답이 없었습니다(${say.interval(minMs, maxMs)}).`,
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `${name}: 송출자 ${say.number(facts.publishers)}명 모두가 동시에 나가거나 다시 연결했습니다. 서버가 재시작되었거나 네트워크가 끊겼습니다.`
        : `${name}: 재시작되었습니다${facts.agoMs < 1000 ? '' : `(확인 시점의 가동 시간 ${say.duration(facts.agoMs)})`}.`,
    serverUpgraded: ({ before, after }, { name }) => `${name}: 버전이 ${before} → ${after}로 바뀌었습니다. 이후 수신자 집계 방식이 다를 수 있습니다.`,
    streamOn: ({ tracks, ...facts }) => {
      const away = forHowLong('중단', facts)
      return `${senderOf(facts)} ${away === '' ? '송출 중' : `송출 재개${away}`}${where(mediaWords(tracks), (words) => `: ${words}`)}.`
    },
    streamOff: wentText,
    streamEnded: wentText,
    streamStalled: ({ minMs, maxMs, ...facts }) => `데이터 없음(${say.interval(minMs, maxMs)}), ${senderOf(facts)} 연결은 유지 중.`,
    streamRecovered: (facts) => `${senderOf(facts)} 데이터 전송 재개${forHowLong('멈춤', facts)}.`,
    slateOn: (facts) =>
      facts.left ? `${senderOf(facts)} 연결 해제됨${forHowLong('지속 시간', facts)}: 대체 화면 송출 중.` : '대체 화면 송출 중: 송출자 없음.',
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `, 프로토콜 ${from} → ${to}`
      const sender = senderOf({ sourceType, remoteAddr: host })
      if (isPulled(sourceType) || (before !== null && before === host)) return `${sender} 다시 연결됨${protocols}.`
      return before !== null && host !== null
        ? `송출자 변경: ${before} → ${host}${protocols}.`
        : `송출자 변경: ${sender}${where(before, (was) => `, 이전 ${was}`)}${protocols}.`
    },
    codecChanged: ({ before, after }) => `트랙 변경: ${before} → ${after}.`,
    sizeChanged: ({ before, after }) => `화면 크기 변경: ${before} → ${after}.`,
    readerJoined: (facts) => `${readerOf(facts)} ${facts.muxer ? '시작' : '접속'}.`,
    readerLeft: (facts) => `${readerOf(facts)} ${facts.muxer ? '종료' : '이탈'}${forHowLong('지속 시간', facts)}.`,
    hostUp: (facts, { name }) => (facts.minMs === undefined ? `${name}: 처음으로 읽었습니다.` : `${name}: 다시 읽을 수 있습니다${forHowLong('중단', facts)}.`),
    hostDown: ({ error }, { name }) => `${name}: 읽을 수 없습니다. ${hostErrorWhat(error, ko)}`,
    hostKeyChanged: ({ error }, { name }) => `${name}: ${hostErrorWhat(error, ko)} 인증 정보는 보내지 않았습니다.`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}: ${target ?? name}의 새 키를 수락했습니다, ${fingerprint ?? ''}.`,
    hostRestarted: (_facts, { name }) => `${name}: 호스트가 재시작되었습니다.`,
    mediaServerEnded: ({ pid }, { name }) => `${name}: 미디어 서버가 종료되었습니다. 프로세스 ${pid}이(가) 없습니다.`,
    mediaServerRestarted: ({ pid, before }, { name }) => `${name}: 미디어 서버가 재시작되었습니다. 프로세스 ${before} → ${pid}.`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck을 시작했습니다. 그 전에는 실행되지 않았으며(${lasted}) 그동안의 상황은 알 수 없습니다.`
        }
        case 'slept':
          return `이 콘솔이 절전 상태였습니다(${say.duration(facts.sleptMs)}). 그동안의 상황은 알 수 없습니다.`
        case 'noNetwork':
          return facts.begins ? '이 콘솔에 네트워크가 없습니다. 복구될 때까지 서버의 상황을 알 수 없습니다.' : '이 콘솔에서 서버가 다시 보입니다.'
        default:
          return facts satisfies never
      }
    },
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb} ${inRow(names, count - names.length)}`])
      const parts = [...part('추가', facts.added, added), ...part('변경', facts.changed, changed), ...part('제거', facts.removed, removed)]
      return `설정 파일을 다시 읽었습니다: ${parts.length === 0 ? '바뀐 서버와 호스트 없음' : parts.join('; ')}.`
    },
    configurationRefused: ({ first, problems }) =>
      `변경된 설정 파일을 사용할 수 없어 이전에 읽은 설정을 유지합니다. ${typeof first === 'string' ? first : problemText(first, 'ko')}${problems > 1 ? ` (외 ${say.number(problems - 1)}건)` : ''}`,
    storeDamaged: (facts, told) => damageWords(facts, told, ko),
    valueRefused: (_facts, { path }) => `서버가 보낸 ${path === null ? '' : `${path}의 `}값이 사실이라기에는 너무 큽니다. 미확인으로 저장합니다.`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name }) => {
      const parts = [
        count > 0 ? `이벤트 ${say.number(count)}개를 하나씩 표시하지 않음(${kindsWords(kinds, ko, say)})` : null,
        leftOutPaths > 0 ? `계속 새 이름으로 바뀌는 경로를 ${say.number(leftOutPaths)}번 제외함` : null,
        changes > 0 ? `경로 변경 ${say.number(changes)}건 중 최신만 보관함` : null,
      ].filter((part) => part !== null)
      return `${name}: 서버 하나의 보관 한도를 넘게 보냈습니다. ${parts.join('; ')}.`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 시작${list}.`,
    streamOff: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 끊김${list}.`,
    streamEnded: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 종료됨${list}.`,
    streamStalled: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 멈춤${list}.`,
    streamRecovered: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 복구${list}.`,
    slateOn: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 대체 화면으로 전환${list}.`,
    publisherChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 송출자 변경 또는 재연결${list}.`,
    codecChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 트랙 변경${list}.`,
    sizeChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 화면 크기 변경${list}.`,
  },
  listed: (names, more) => ` (${inRow(names, more)})`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) => `${server}: 스트림 ${say.number(streams)}개에 수신자 ${say.number(readers)}명 접속.`,
    readerLeft: ({ readers, streams }, server) => `${server}: 스트림 ${say.number(streams)}개에서 수신자 ${say.number(readers)}명 이탈.`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `${storeNames.main}가 ${gone ? '없어졌습니다' : '손상되었습니다'}.${where(setAside, (file) => ` 남아 있던 내용은 옆에 ${file}(으)로 보관되어 있습니다.`)} ${
        backup === null
          ? '쓸 수 있는 백업이 없어 빈 데이터베이스를 새로 만들었습니다. 서버를 다시 등록하세요.'
          : `백업 ${backup}을(를) 복원했습니다. 그 뒤의 변경은 없습니다.`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 삭제되었습니다. 아직 열려 있던 내용으로 다시 기록했으며 저장된 것은 빠짐없이 있습니다.`
        : `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 다른 파일로 바뀌었습니다. 그 파일은 옆에 ${setAside}(으)로 보관되어 있고, ${storeNames[store]}는 아직 열려 있던 내용으로 다시 기록했습니다. 백업을 복원하려면 먼저 mtxdeck을 중지하세요.`,
    movedAtEnd: ({ store, file }) =>
      `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 옮겨졌고, 되돌리기 전에 mtxdeck이 종료되었습니다. 그때까지 만든 사본을 사용합니다. 그 뒤의 변경은 없습니다.`,
    historyBegunAnew: ({ setAside }) => `이력이 손상되었습니다. ${setAside}(으)로 따로 보관하고 새로 시작했습니다.`,
    archive: ({ file, setAside, because }) => `${file} 파일이 손상되었습니다(${because}). ${setAside}(으)로 따로 보관했으며 나머지는 영향이 없습니다.`,
    day: ({ unreadableDay, because }) =>
      `${unreadableDay}(UTC) 측정값의 일부를 읽을 수 없습니다: ${because}. 공백으로 표시되며 그날의 나머지는 모두 있습니다. 어느 부분인지는 "mtxdeck check"로 알 수 있습니다.`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `${whole ? '서버 한 대' : (path ?? '서버 자체')}의 ${say.moment(from)}부터 ${say.number(minutes)}분간 데이터를 저장하지 못해(${because}) 잃었습니다. ${whole ? '다른 서버의 데이터는 모두 저장되었습니다.' : '나머지는 모두 저장되었습니다.'}`,
    lastMinutes: () => '최근 몇 분간의 이력 일부를 읽을 수 없어 잃었습니다.',
  },
  reasons: {
    onDemand: () => '누군가 읽으면 시작됩니다.',
    notBack: () => '송출자가 아직 돌아오지 않았습니다.',
    judgedSoon: () => '연결이 해제되었습니다. 방송 중이어야 하는지는 최신 설정에 따라 몇 초 안에 판단합니다.',
    goneBefore: () => '이 콘솔이 시작되기 전부터 끊겨 있습니다.',
    noData: () => '연결되어 있지만 데이터가 오지 않습니다.',
    senderLeft: ({ pulled }) => (pulled ? '소스가 끊겼습니다.' : '송출자의 연결이 해제되었습니다.'),
    sourceFailed: () => '읽는 동안 소스가 실패했습니다.',
    notPulled: () => '서버가 소스를 가져올 수 없습니다.',
    packetsLost: ({ count, estimated }) => `최근 1분간 패킷 ${estimated ? '약 ' : ''}${say.number(count)}개를 완전히 잃었습니다${estimated ? '(추정)' : ''}.`,
    noAnswer: () => '서버가 응답하지 않습니다.',
    serverDown: () => '해당 서버가 응답하지 않습니다.',
    serverHalted: () => '해당 서버의 폴링이 중지되었습니다. 인증 정보가 거부되었습니다.',
    serverPaused: () => '해당 서버의 폴링이 일시 중지되었습니다.',
    notAsked: () => '해당 서버를 아직 조회하지 않았습니다.',
    consoleAway: () => '이 콘솔이 절전 상태였거나 네트워크가 없었습니다.',
    notRunning: ({ from, to }) => `그 시점의 기록이 없습니다. ${say.moment(from)}부터 ${say.moment(to)}까지 mtxdeck이 실행되지 않았습니다.`,
    slept: ({ from, to }) => `그 시점의 기록이 없습니다. ${say.moment(from)}부터 ${say.moment(to)}까지 이 콘솔이 절전 상태였습니다.`,
    notRecorded: () => '그 시점의 기록이 없습니다.',
    nothingKept: () => '그 시점의 데이터가 보관되어 있지 않습니다.',
  },
  advice: koAdvice,
  serverError: {
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
  hostError: {
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
}
