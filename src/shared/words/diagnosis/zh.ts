import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { DiagnosisWords } from './diagnosisWords.ts'

const say = sayIn('zh')
const onPort = (port: number | null) => (port === null ? '' : `（端口 ${port}）`)

export const zh: Rest<DiagnosisWords> = {
  stateIs: (state) => `状态：${state}。`,
  found: {
    resolved: ({ addresses }) => `地址为 ${addresses.join('、')}。`,
    maybeOff: ({ setting }, door) => `${door} 在常用端口没有应答。无法读取配置，它可能未启用（“${setting}”）或在别的端口监听。`,
    switchedOff: ({ setting }, door) => `${door} 在配置中未启用（“${setting}”）。`,
    loopbackOnly: ({ bound }, door) => `${door} 只在服务器本机监听（${bound}）。`,
    certificate: ({ names, issuer, validTo, chain, pinned, daysLeft }) =>
      joined(
        `名称：${names || '无'}，签发者：${issuer || '无'}，证书链共 ${say.number(chain)} 个证书。`,
        daysLeft === null ? `有效期至 ${say.momentOf(validTo)}。` : `将在 ${say.number(daysLeft)} 天后到期（${say.momentOf(validTo)}）。`,
        pinned && '它就是已固定的证书。',
      ),
    apiAnswers: ({ version }) => (version === null ? '有应答；版本早于 1.15.2。' : `MediaMTX ${version} 有应答。`),
    rtspAnswers: ({ methods }) => (methods.length === 0 ? '服务器有应答。' : `有应答：${methods.join(', ')}。`),
    otherProgram: (_, door) => (door === '' ? '应答的程序不符合预期。' : `应答的程序不是 ${door}。`),
    processRuns: ({ pid, startedAt }) => joined(`MediaMTX 在运行（进程 ${pid}）。`, startedAt !== null && `自 ${say.momentOf(startedAt)} 起。`),
    processUnclear: ({ count }) => `主机上运行着 ${say.number(count)} 个媒体服务器，无法确定哪个是它。`,
    processMissing: ({ active, result, exitStatus }) =>
      joined(
        '主机上没有运行媒体服务器。',
        active !== null && `其 unit 状态为 ${active || '未知'}（${result || '无结果'}${exitStatus === null ? '' : `，退出码 ${exitStatus}`}）。`,
      ),
    hostPorts: ({ listening, loopback, missing }) =>
      joined(
        listening.length > 0 && `正在监听：${listening.map(({ port, user }) => `${port}（${user}）`).join('、')}。`,
        loopback.length > 0 && `只在本机监听：${loopback.map(({ port }) => port).join('、')}。`,
        missing.length > 0 && `无人监听：${missing.map(({ port }) => port).join('、')}。`,
        listening.length + loopback.length + missing.length === 0 && '该主机上没有它的端口。',
      ),
    logSays: ({ from, closed }) => joined(from === 'journal' ? '读自系统日志。' : '读自日志文件。', closed !== null && `上一个推流端断开的原因：${closed}。`),
    streamIs: ({ codecs, readers, said }) =>
      joined(
        codecs.length > 0 && `轨道：${codecs.join('、')}。`,
        readers !== null && `${say.number(readers)} 个读取者。`,
        said !== null && `服务器的消息：${said}`,
      ),
    noSuchStream: ({ configured }) => (configured === false ? '服务器没有这个流，也没有为它配置路径。' : '服务器没有这个流。'),
    mayNotPublish: ({ status, who, proxied }) =>
      joined(
        `本控制台的用户不能向此处推流 (${status})，但这不代表其他用户。`,
        who === 'users' && '按配置，只有指定的用户或地址可以。',
        proxied && '拒绝方未自称 MediaMTX：其前面有代理。',
      ),
    nobodyMayPublish: ({ status }) => `配置中没有任何用户可以向此处推流${where(status?.toString(), (code) => ` (WHIP ${code})`)}。`,
    publisherWas: ({ address, endedAt, bytes }) =>
      joined(`推流端：${address ?? '未知'}，到 ${say.momentOf(endedAt)} 为止。`, bytes !== null && `共收到 ${say.size(bytes)}。`),
    described: ({ media }) => (media.length === 0 ? '可以读取。' : `可以读取：${media.join('、')}。`),
    rtspRefused: ({ status, message, credentials }) =>
      status === 401 ? `被拒绝 (401)：${credentials ? '使用了本控制台的凭据' : '需要凭据'}。` : `被拒绝：${status}${where(message, (words) => ` ${words}`)}。`,
    webRefused: ({ status, message, credentials }) =>
      status === 401 || status === 403
        ? `被拒绝 (${status})：${credentials ? '使用了本控制台的凭据' : '需要凭据'}。`
        : `被拒绝：${status}${where(message, (words) => `（${words}）`)}。`,
    playlist: ({ longestSegmentSeconds, lowLatency }) =>
      joined(
        longestSegmentSeconds !== null && `分片最长 ${say.number(longestSegmentSeconds)} 秒。`,
        lowLatency ? '低延迟 HLS。' : '没有低延迟：播放器会落后几个分片。',
      ),
    noSegment: ({ seconds }) =>
      seconds === null ? '页面有响应，但未及时出现分片：关键帧间隔可能很长。' : `分片在关键帧处结束，而关键帧间隔为 ${say.number(seconds)} 秒或更长。`,
    notCarried: ({ codecs }, door) => `未尝试：${door} 不能传输它的任何轨道（${codecs.join('、')}）。`,
  },
  verdicts: {
    nameUnknown: ({ host }) => [`无法解析名称 ${host}。`, '请检查拼写和本机的 DNS，或使用 IP 地址。'],
    hostSilent: ({ host }) => [`${host} 的任何端口都没有应答。`, '主机已关机，或者途中的网络、VPN 或防火墙丢弃了所有数据：请先用别的方式连接它。'],
    nothingListens: ({ host }) => [
      `${host} 在线，但 MediaMTX 的端口全部关闭：它没有运行。`,
      '请在该主机上查看服务和日志（“systemctl status mediamtx”）。如果它一启动就退出，可能是端口被占用（“address already in use”）。',
    ],
    portInUse: ({ port, protocol }) => [
      `MediaMTX 没有运行：启动时端口 ${port} (${protocol.toUpperCase()}) 已被占用。`,
      '请在主机上找到该程序（“ss -ltnup”），为其中一个换端口，然后启动 MediaMTX。',
    ],
    processEnded: ({ host, active, exitStatus, said }) => [
      joined(
        `${host} 上没有运行 MediaMTX。`,
        active !== null && `其 unit 状态为 ${active || '未知'}${exitStatus === null ? '' : `，退出码 ${exitStatus}`}。`,
        said !== null && `日志最后一行：${said}`,
      ),
      '请启动它（“systemctl start mediamtx”）；如果再次退出，请查看日志。',
    ],
    firewalled: ({ door, port }, name) => [
      `${name(door)} 在主机上监听端口 ${port}，但从这里无法连接：中间有防火墙。`,
      `请在主机上（“nft list ruleset”、“ufw status”）和网络中开放它${door === 'srt' ? ' (UDP)' : ''}。`,
    ],
    portTaken: ({ door, port }, name) => [
      `MediaMTX 没有运行，${name(door)} 的端口${onPort(port)}被其他程序占用：只要有一个端口被占用，MediaMTX 启动后就会退出。`,
      '请在服务器上找到该程序（“ss -ltnp”），为其中一个换端口，然后启动 MediaMTX。',
    ],
    apiElsewhere: ({ api }) => [`API 不在本控制台访问的地址，而在 ${api}。`, '请为该服务器填写这个地址。'],
    apiOff: ({ port }) => [
      `MediaMTX 在运行，但它的 API 没有监听${onPort(port)}。`,
      '请在 mediamtx.yml 中启用它（“api: yes”），并让本控制台能够访问 (apiAddress)。',
    ],
    apiFiltered: ({ port }) => [`MediaMTX 在运行，但 API 的端口${onPort(port)}毫无应答：防火墙丢弃了数据包。`, '请开放从本控制台到服务器的该端口。'],
    doorLoopback: ({ door, setting, bound }, name) => [
      `${name(door)} 只在服务器本机监听（${bound}）。`,
      `要从别处访问，请去掉 mediamtx.yml 中 ${setting}Address 里的地址。`,
    ],
    doorRefuses: ({ door, port }, name) => [
      `${name(door)} 已启用，但没有程序监听${onPort(port)}。`,
      '可能是更改配置后没有重启、端口映射到了别处（容器），或者端口无法打开：请查看日志。',
    ],
    doorSilent: ({ door, port }, name) => [
      `${name(door)} 已启用，但它的端口${onPort(port)}没有应答：在本机与服务器之间被过滤了。`,
      `请在途中的防火墙上开放它${door === 'srt' ? '（UDP）' : ''}。我们连不上时，其他人可能仍能连上。`,
    ],
    doorOther: ({ door, port }, name) => [
      `应答的是别的程序，而不是 MediaMTX 的 ${name(door)}${onPort(port)}。`,
      '两个程序配置了同一个端口，或者代理指向别处：请给其中一个换端口。',
    ],
    pathNotConfigured: ({ path }) => [
      `配置中没有适用于 ${path} 的路径：推流和读取都会以错误 (500) 结束。`,
      '请在 mediamtx.yml 中添加该路径，或用“all_others:”允许所有名称。',
    ],
    sourceFails: ({ path, said }) => [
      `服务器自行拉取 ${path}，但源没有数据${said === null ? '。' : `：${said}`}`,
      '请检查源的地址和凭据，以及服务器能否访问它。',
    ],
    publishingForbidden: ({ path, status }) => [
      `配置中没有任何用户可以推流 ${path}：所有推流端都会被拒绝${where(status?.toString(), (code) => ` (WHIP ${code})`)}。`,
      '请在 mediamtx.yml 的 authInternalUsers 中给编码器的用户这个路径的“action: publish”权限。',
    ],
    publisherLost: ({ path, door, address, at, said }, name) => [
      `${path} 的推流端（${name(door)}${where(address, (from) => `，${from}`)}）于 ${say.momentOf(at)} 断开，之后没有恢复。${where(said, (reason) => `服务器日志：${reason}。`)}`,
      '请查看编码器以及它与服务器之间的网络。服务器日志在该时刻写有连接结束的原因（“closed:”）。',
    ],
    publishingRefused: ({ path, status, proxied }) => [
      `没有人推流 ${path}，凭据不正确的推流端会被拒绝 (WHIP ${status})。`,
      proxied ? '拒绝方未自称 MediaMTX：请先检查其前面的代理。' : '请检查编码器的用户名和密码，以及该用户是否有这个路径的“action: publish”权限。',
    ],
    nobodyPublishes: ({ path }) => [
      `服务器正常，但没有人推流 ${path}。`,
      '请检查编码器：它是否在运行，使用的服务器、名称和用户（需有推流权限）是否正确？如果它尝试过，服务器日志里有被拒绝的原因。',
    ],
    stalled: ({ path }) => [`${path} 已连接，但没有发送数据。`, '请查看编码器及其网络：连接存在，却没有数据。如果不恢复，请断开它的会话。'],
    readingRefused: ({ door }, name) => [
      `${name(door)} 不允许用本控制台的凭据读取。`,
      '请在 mediamtx.yml 中给该用户这个路径的“action: read”权限。其他用户可能可以读取。',
    ],
    readingFails: ({ door, status, message }, name) => [
      `${name(door)} 拒绝提供该流：${status}${where(message, (words) => `（${words}）`)}。`,
      '请查看服务器此刻的日志。',
    ],
    notCarried: ({ doors, codecs }, name) => [
      `该流正在播出，但其轨道（${codecs.join('、')}）都不能通过 ${doors.map(name).join('、')} 读取。`,
      codecs.includes('MPEG-TS')
        ? '请通过 RTSP 读取；若它是通过 RTSP 推流的，也可为其路径设置“rtspDemuxMpegts: yes”（自 1.17.0 起）。'
        : '请通过 RTSP 读取，或让源发送 H264 和 Opus 或 AAC。',
    ],
    noSegment: ({ seconds }) => [
      seconds === null
        ? '该流正在播出，但 HLS 未及时产生分片：关键帧间隔可能很长。'
        : `该流正在播出，但通过 HLS 起播很慢：分片在关键帧处结束，而关键帧间隔为 ${say.number(seconds)} 秒或更长。`,
      '请让编码器每 1 到 2 秒发送一个关键帧（GOP）。探测可以测出其间隔。',
    ],
    delayHigh: ({ seconds, lowLatency }) => [
      joined(
        '该流可以播放，但通过 HLS 延迟很大。',
        seconds !== null && `分片长达 ${say.number(seconds)} 秒，因为关键帧间隔这么长。`,
        !lowLatency && '低延迟未启用。',
      ),
      joined(
        seconds !== null && '请让编码器每 1 到 2 秒发送一个关键帧 (GOP)。',
        !lowLatency && '请在 mediamtx.yml 中设置“hlsVariant: lowLatency”，或用 WebRTC 播放。',
      ),
    ],
    certificateEnds: ({ door, days }, name) => [`一切都有应答。${name(door)} 的证书将在 ${say.number(days)} 天后到期。`, '请在此之前更新。'],
    waits: ({ path }) => [`一切都有应答。${path} 是按需的，有人读取时才启动。`, '要检查它的源，请再次诊断并允许启动。'],
    unfinished: () => ['太多步骤没有应答，无法判断原因。', '请查看下面的步骤，然后重试。'],
    allWell: ({ off, maybeOff }, name) => [
      joined(
        '所有检查过的项目都应答正常。',
        off.length > 0 && `配置中未启用：${off.map(name).join('、')}。`,
        maybeOff.length > 0 && `在常用端口没有应答，可能未启用：${maybeOff.map(name).join('、')}。`,
      ),
      '',
    ],
  },
  atDoor: (door) => `${door}：`,
}
