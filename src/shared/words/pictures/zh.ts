import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, type PictureWords } from './pictureWords.ts'

const say = sayIn('zh')
const steps = { opening: '打开', inspecting: '分析', reading: '读取', decoding: '解码' }
const address = {
  characters: '包含空格或地址中不允许的字符',
  notAnAddress: '不是地址',
  scheme: `协议不是 ${mediaSchemes.join('、')} 之一`,
  notInFull: '地址不完整',
  noHost: '没有主机名',
  parameters: '包含不属于读取端的参数',
  notCaller: 'SRT 只能以 caller 模式读取',
  linkLocal: '指向链路本地地址',
  otherForm: '请求的格式不同',
}
const unavailable = {
  noProcess: '本控制台没有运行媒体进程',
  keepsEnding: '媒体进程反复退出，原因见其日志',
  onlyNodeAv: '无法加载 node-av，且不允许使用其他程序',
}
const undecodable = {
  notMedia: '不是媒体数据',
  noDecoder: '没有对应的解码器',
  endedEarly: '在第一帧画面之前就结束了',
  noWholePicture: '没有收到完整的画面',
}
const permission = '请在 mediamtx.yml 中授予其 “action: read” 权限。'

export const zh: PictureWords = {
  reasons: {
    notLive: () => '此处当前没有推流。',
    slate: () => '垫片播出中：无推流。',
    onDemand: () => '此流按需运行：观看会启动其源。',
    hlsOff: () => '该服务器未启用 HLS（mediamtx.yml 中的 “hls: no”）。',
    codecH265: () => '视频为 H265，此浏览器无法播放。',
    serverDown: () => '服务器没有应答。',
    closed: () => '此画面已关闭。请重新打开。',
    settingsChanged: () => '服务器的设置已更改。请重新打开画面。',
    readRefused: () => `服务器不允许该用户读取此流。${permission}`,
    hlsNotEncrypted: () => '该服务器的 HLS 要求密码但未加密，而其 API 已加密。请在 mediamtx.yml 中设置 “hlsEncryption: yes”。',
    noPictureNow: () => '服务器当前没有此流的画面。',
    redirectUnreadable: () => '服务器重定向到无法识别的地址。',
    redirectsInCircle: () => '服务器循环重定向。',
    playlistTooLong: () => '播放列表大于 MediaMTX 生成的任何播放列表。',
    playlistElsewhere: () => '播放列表指向其自身路径以外的地址。',
    notHls: ({ host }) => `在 ${host} 应答的不是 MediaMTX 的 HLS。`,
    lastViewerLeft: () => '最后一位观看者已离开。继续观看会使其源保持运行：如需启动，请重新打开画面。',
    viewersUnknown: () => '该服务器不提供其他 HLS 观看者的信息。画面已在 5 分钟后关闭，以免使源保持运行。',
    noSuchPart: () => '画面中没有这一部分。',
    onlyGet: () => '此处只接受 GET。',
    noWayToRead: () => '该服务器未启用 RTSP、HLS 和 SRT（mediamtx.yml），或设置中没有填写其地址。',
    rtspReadRefused: () => `服务器不允许该用户通过 RTSP 读取此流。${permission}`,
    rtspPasswordMissing: () => '该服务器的 RTSP 要求密码或令牌，此处没有保存。',
    rtspPasswordWithheld: () => '该服务器的 RTSP 要求密码或令牌。没有发送：该地址与 API 不在同一主机，或者 API 已加密而此处会以明文传输。',
    rtspCredentialsTooLong: () => '该服务器的 RTSP 要求密码或令牌，而保存的密码或令牌对 RTSP 来说过长。',
    notDecoded: () => '此浏览器无法解码该流。',
    tooLate: () => '在时限内没有画面。',
    brokeOff: () => '画面停止：连接中断。',
    notPlayable: () => '无法播放画面。',
    browserWithoutHls: () => '此浏览器不能播放 HLS。',
    codecUnsupported: ({ codecs }) => `HLS 不支持 ${codecs.join('、')}。`,
    badAddress: ({ of, address }) => `“${address}” 不是 ${of.toUpperCase()} 地址：请写成 ${addressExamples[of]} 的形式。`,
    refusedAddress: ({ because }) => `不会打开此地址：${address[because]}。`,
    timedOut: ({ limitMs }) => `${say.number(limitMs / 1000)} 秒内没有画面。`,
    unreachable: ({ doing, said }) => `无法读取该流：${steps[doing]}时 FFmpeg 报告 “${said}”。`,
    unauthorized: () => '服务器要求此流使用其他凭据。',
    addressUnreadable: () => '无法解密已保存的地址：请重新输入。',
    notFound: () => '那里没有推流。',
    noVideo: () => '该流没有视频。',
    undecodable: ({ because }) => `无法解码该流：${undecodable[because]}。`,
    decoderFailed: ({ said }) => `无法解码该流：“${said}”。`,
    crashed: () => '媒体进程在读取该流时退出；正在重新启动。',
    setAside: () => '媒体进程在该流上多次退出，暂时不再读取该流。',
    unavailable: ({ because }) => `此处无法生成画面：${unavailable[because]}。`,
    cancelled: () => '操作已取消。',
  },
  noFfmpeg: (problem, install) => `此处无法生成画面。${problem}请安装 FFmpeg（${install}），或在“设置 › 画面”中指定。`,
  tools: {
    notOnPath: () => 'PATH 中没有 ffmpeg。',
    notAbsolute: ({ path }) => `“${path}” 不是绝对路径。`,
    notFfmpeg: ({ path }) => `“${path}” 的名称不是 ffmpeg。`,
    notRunnable: ({ path }) => `“${path}” 不是可执行程序。`,
    noFfprobe: ({ path }) => `“${path}” 旁边没有 ffprobe。`,
    noVersion: ({ path }) => `“${path}” 没有给出 FFmpeg 版本。`,
    noAnswer: ({ path }) => `“${path}” 没有应答。`,
    tooOld: ({ path, version }) => `“${path}” 是 FFmpeg ${version}，需要 5.0 或更新版本。`,
    lacks: ({ path }, part) => `“${path}” 编译时未包含${part}。`,
  },
  parts: { demuxer: '解复用器', protocol: '协议', decoder: '解码器', filter: '滤镜', encoder: '编码器' },
}
