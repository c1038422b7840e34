import { settingChangeText } from '../../configurationLevels.ts'
import { isReconnect } from '../../events.ts'
import type { PathEditOutcome } from '../../pathChanges.ts'
import type { Rest } from '../catalogue.ts'
import { verdictText } from '../diagnosisText.ts'
import { hostErrorWhat, serverErrorWords } from '../errorText.ts'
import { fileFaultsText } from '../fileFaultText.ts'
import { isPulled, mediaWords, protocolWord } from '../media.ts'
import { pictureText } from '../pictureText.ts'
import { actReasonText, remedyActText } from '../remedyText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { configurationCounts, damageWords, type EventWords, firstMistake, kindsWords, type Lasted, type Reader, type Sender, type Went } from './eventWords.ts'

const say = sayIn('zh')
const inRow = (names: readonly string[], more: number) => `${names.join('、')}${more > 0 ? `，另有 ${say.number(more)} 个` : ''}`

function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `${protocolWord(sourceType ?? '')} 源`
  if (remoteAddr !== null) return `推流端 ${remoteAddr} `
  return sourceType === null ? '推流端' : `${protocolWord(sourceType)} 推流端`
}
/** How long, in brackets behind what it is of. */
const forHowLong = (what: string, { minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : `（${what} ${say.interval(minMs, maxMs)}）`)
const unseenWords = {
  silence: '（发生于服务器无法访问期间）',
  restart: '（发生于服务器重启时）',
  allAtOnce: '（与该服务器的所有其他推流端同时）',
}
/** `watching`: who was, where it ended, which are people only. */
function wentText(facts: Went, watching = '个读取端'): string {
  const sender = senderOf(facts)
  const lasted = forHowLong('持续', facts)
  if (facts.onDemand) return `${sender}已停止${lasted}：无读取端。`
  if (facts.readersLost !== undefined)
    return `${sender}${isPulled(facts.sourceType) ? '失败' : '已断开'}${lasted}，当时有 ${say.number(facts.readersLost)} ${watching}正在观看。`
  return `${sender}${isPulled(facts.sourceType) ? '已丢失' : '已断开'}${facts.unseen === undefined ? lasted : unseenWords[facts.unseen]}。`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `${protocolWord(type)} 读取` : `${protocolWord(type)} 读取端${where(remoteAddr, (host) => ` ${host} `)}`
const storeNames = { main: '服务器与设置数据库', history: '历史数据库', alarms: '已关闭告警数据库', sessions: '会话数据库' }

const pathOutcomes: Readonly<Record<PathEditOutcome, string>> = {
  applied: '',
  partly: '（服务器未全部采用）',
  refused: '（服务器拒绝）',
  unknown: '（服务器是否采用未知）',
}
const kickedWords = { publisher: '推流端', reader: '读取端', mixed: '会话' }

export const zh: Rest<EventWords> = {
  events: {
    serverUp: (facts, { name }) => (facts.minMs === undefined ? `${name} 首次应答。` : `${name} 恢复应答${forHowLong('中断', facts)}。`),
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized' && !error.tookBefore
        ? `${name} 拒绝访问；已停止轮询。`
        : `${name} 无法读取：${serverErrorWords(error, 'zh').what}${streams ? `${say.number(streams)} 个流状态未知，并非中断。` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name} 曾无应答，时长 ${say.interval(minMs, maxMs)}。`,
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `${name} 的全部 ${say.number(facts.publishers)} 个推流端同时断开或重新连接：服务器已重启，或其网络中断。`
        : `${name} 已重启${facts.agoMs < 1000 ? '' : `，发现时已运行 ${say.duration(facts.agoMs)}`}。`,
    serverUpgraded: ({ before, after }, { name }) => `${name} 的版本由 ${before} 变为 ${after}。此后读取端的统计方式可能不同。`,
    certificateChanged: ({ after, validTo }, { name }) =>
      `${name} 的 API 出示了另一份证书（${after.slice(0, 17)}…）${validTo === null ? '' : `，有效期至 ${say.moment(validTo)}`}。`,
    serverConfigurationChanged: ({ setting, before, after, settings }, { name }) =>
      `${name} 的配置：${settingChangeText(setting, before, after)}${settings > 1 ? `，另有 ${say.number(settings - 1)} 项设置` : ''}。`,
    streamOn: ({ tracks, ...facts }) => {
      const away = forHowLong('中断', facts)
      return `${senderOf(facts)}${away === '' ? '已上线' : `已恢复${away}`}${where(mediaWords(tracks), (words) => `：${words}`)}。`
    },
    streamOff: (facts) => wentText(facts),
    streamEnded: (facts) => wentText(facts, '名观众'),
    streamStalled: ({ minMs, maxMs, ...facts }) => `已有 ${say.interval(minMs, maxMs)}没有数据，而推流连接仍在：${senderOf(facts).trim()}。`,
    streamRecovered: (facts) => `${senderOf(facts)}重新发送数据${forHowLong('停滞', facts)}。`,
    slateOn: (facts) => (facts.left ? `${senderOf(facts)}已断开${forHowLong('持续', facts)}：垫片播出中。` : '垫片播出中：无推流。'),
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `，协议由 ${from} 变为 ${to}`
      const sender = senderOf({ sourceType, remoteAddr: host })
      if (isReconnect({ before, after: host, sourceType })) return `${sender}已重新连接${protocols}。`
      return before !== null && host !== null
        ? `推流端由 ${before} 变为 ${host}${protocols}。`
        : `推流端变更：${sender.trim()}${where(before, (was) => `，此前为 ${was}`)}${protocols}。`
    },
    codecChanged: ({ before, after }) => `轨道由 ${before} 变为 ${after}。`,
    sizeChanged: ({ before, after }) => `画面尺寸由 ${before} 变为 ${after}。`,
    forwardFailing: ({ destinations, all, lastError }) =>
      `转发到 ${inRow(destinations, all - destinations.length)} 失败${where(lastError, (said) => `；服务器称：“${said}”`)}。`,
    forwardRecovered: ({ destinations, all, removed }) => {
      const to = inRow(destinations, all - destinations.length)
      return removed ? `此前失败的转发目标 ${to} 已不再配置。` : `已恢复转发到 ${to}。`
    },
    readerJoined: (facts) => `${readerOf(facts)}${facts.muxer ? '开始' : '接入'}。`,
    readerLeft: (facts) => `${readerOf(facts)}${facts.muxer ? '结束' : '离开'}${forHowLong('持续', facts)}。`,
    sessionsKicked: ({ by, sessions, role, addresses, reason }) =>
      `${by} 断开了 ${say.number(sessions)} 个${kickedWords[role]}${addresses.length === 0 ? '' : `（${addresses.join('、')}）`}：${actReasonText(reason, 'zh')}`,
    pathSettingsChanged: ({ by, reason, path, change, setting, before, after, settings, outcome, undone }) =>
      `${by} ${undone ? '撤销了路径设置的更改' : '更改了路径设置'}${pathOutcomes[outcome]}：${
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${path}` : settingChangeText(`paths.${path}.${setting}`, before, after)
      }${settings > 1 ? `，另有 ${say.number(settings - 1)} 项设置` : ''}。原因：${actReasonText(reason, 'zh')}`,
    diagnosed: ({ by, verdict }) => `${by} 进行了诊断：${verdictText(verdict, 'zh')}`,
    recordingsDeleted: ({ by, segments, failed, from, to, reason }) =>
      `${by} 删除了 ${say.number(segments)} 个录像分段，起始于 ${from === to ? say.moment(from) : `${say.moment(from)} 至 ${say.moment(to)}`}${failed === 0 ? '' : `（${say.number(failed)} 个未能删除）`}：${reason}`,
    remedyActed: ({ rule, ...acted }) => `规则 ${rule} 的处置：${remedyActText(acted, 'zh')}`,
    remedyArmed: ({ rule, armed, by, reason }) => `${by} ${armed ? '启用' : '停用'}了规则 ${rule} 的处置：${reason}`,
    probeDown: ({ error }, { name }) => `${name} 无法读取：${pictureText(error, 'zh')}`,
    probeUp: (facts, { name }) => `${name} 恢复可读取${forHowLong('中断', facts)}。`,
    hostUp: (facts, { name }) => (facts.minMs === undefined ? `${name} 首次可读取。` : `${name} 恢复可读取${forHowLong('中断', facts)}。`),
    hostDown: ({ error }, { name }) => `${name} 无法读取：${hostErrorWhat(error, 'zh')}`,
    hostKeyChanged: ({ error }, { name }) => `${name}：${hostErrorWhat(error, 'zh')}未发送任何凭据。`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}：已接受 ${target ?? name} 的新密钥 ${fingerprint ?? ''}。`,
    hostRestarted: (_facts, { name }) => `${name} 已重启。`,
    mediaServerEnded: ({ pid }, { name }) => `${name} 上的媒体服务器已退出：进程 ${pid} 已不存在。`,
    mediaServerRestarted: ({ pid, before }, { name }) => `${name} 上的媒体服务器已重启：进程 ${before} 退出，由进程 ${pid} 接替。`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck 已启动。此前未运行，时长 ${lasted}：这段时间的情况未知。`
        }
        case 'slept':
          return `本控制台休眠了 ${say.duration(facts.sleptMs)}：这段时间的情况未知。`
        case 'noNetwork':
          return facts.begins ? '本控制台没有网络：恢复之前其服务器的情况未知。' : '本控制台又能看到其服务器。'
        default:
          return facts satisfies never
      }
    },
    ruleEdited: ({ rule, by, what }) => `${by} ${{ added: '添加了规则', changed: '更改了规则', removed: '撤销了对规则的更改：' }[what]} ${rule}。`,
    channelEdited: ({ channel, by, what }) =>
      `${by} ${{ added: '添加了', changed: '更改了', removed: '删除了', paused: '暂停了', resumed: '恢复了' }[what]}${channel === null ? '一条告警路由' : `通知渠道 ${channel}`}。`,
    readinessEdited: ({ part, by, what }) =>
      `${by} ${{ added: '添加了', changed: '更改了', removed: '删除了' }[what]}${{ heartbeat: '心跳', drill: '演练', publicUrl: '公开地址' }[part]}。`,
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb} ${inRow(names, count - names.length)}`])
      const parts = [...part('新增', facts.added, added), ...part('更改', facts.changed, changed), ...part('移除', facts.removed, removed)]
      return `配置文件已重新读取：${parts.length === 0 ? '服务器和主机均无变化' : parts.join('；')}。`
    },
    configurationRefused: ({ first, problems }) =>
      `更改后的配置文件无法使用；此前读取的配置继续有效。${firstMistake(first, 'zh')}${problems > 1 ? `（另有 ${say.number(problems - 1)} 处）` : ''}`,
    storeDamaged: (facts, context) => damageWords(facts, context),
    valueRefused: (_facts, { path }) => `服务器发送的${path === null ? '' : ` ${path} 的`}数值过大，不可能属实，按未知保存。`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name, words }) => {
      const parts = [
        count > 0 ? `${say.number(count)} 个事件未逐一列出（${kindsWords(kinds, words, say)}）` : null,
        leftOutPaths > 0 ? `名称不断更新的路径被略去 ${say.number(leftOutPaths)} 次` : null,
        changes > 0 ? `路径的 ${say.number(changes)} 次变化仅保留最新` : null,
      ].filter((part) => part !== null)
      return `${name} 发送的内容超出单台服务器的保存上限：${parts.join('；')}。`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${server} 的 ${say.number(count)} 个流上线${list}。`,
    streamOff: (count, server, list) => `${server} 的 ${say.number(count)} 个流下线${list}。`,
    streamEnded: (count, server, list) => `${server} 的 ${say.number(count)} 个流已结束${list}。`,
    streamStalled: (count, server, list) => `${server} 的 ${say.number(count)} 个流停滞${list}。`,
    streamRecovered: (count, server, list) => `${server} 的 ${say.number(count)} 个流恢复${list}。`,
    slateOn: (count, server, list) => `${server} 的 ${say.number(count)} 个流转为播出垫片${list}。`,
    publisherChanged: (count, server, list) => `${server} 的 ${say.number(count)} 个流更换了推流端或重新连接${list}。`,
    codecChanged: (count, server, list) => `${server} 的 ${say.number(count)} 个流变更了轨道${list}。`,
    sizeChanged: (count, server, list) => `${server} 的 ${say.number(count)} 个流变更了画面尺寸${list}。`,
    onAirBeyondPlan: (count, server, list) => `${server} 的 ${say.number(count)} 个流在计划时间之外播出${list}。`,
    forwardFailing: (count, server, list) => `${server} 的 ${say.number(count)} 个流转发失败${list}。`,
    forwardRecovered: (count, server, list) => `${server} 的 ${say.number(count)} 个流不再转发失败${list}。`,
  },
  listed: (names, more) => `：${inRow(names, more)}`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) => `${say.number(readers)} 个读取端接入 ${server} 的 ${say.number(streams)} 个流。`,
    readerLeft: ({ readers, streams }, server) => `${say.number(readers)} 个读取端离开 ${server} 的 ${say.number(streams)} 个流。`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `${storeNames.main}${gone ? '丢失' : '已损坏'}。${where(setAside, (file) => `原有内容保存在旁边的 ${file} 中。`)}${
        backup === null ? '没有可用的备份，已新建空数据库：请重新添加服务器。' : `已恢复备份 ${backup}：其后的更改已丢失。`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `${storeNames[store]}（${file}）在 mtxdeck 运行期间被移除，已根据仍处于打开状态的内容重新写入：已保存的数据没有缺失。`
        : `mtxdeck 运行期间，${storeNames[store]}（${file}）被另一个文件替换。该文件保存在旁边的 ${setAside} 中，${storeNames[store]}已根据仍处于打开状态的内容重新写入。要恢复备份，请先停止 mtxdeck。`,
    movedAtEnd: ({ store, file }) =>
      `${storeNames[store]}（${file}）在 mtxdeck 运行期间被移走，且 mtxdeck 在恢复之前结束。已采用当时的副本：其后的更改已丢失。`,
    archive: ({ file, setAside, because }) => `${file} 已损坏（${fileFaultsText(because, 'zh')}），已另存为 ${setAside}；其余内容不受影响。`,
    day: ({ unreadableDay, because }) =>
      `${unreadableDay}（UTC）的部分测量数据无法读取：${fileFaultsText(because, 'zh')}。该部分显示为空白；当天其余数据均在。“mtxdeck check” 会列出具体部分。`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `${whole ? '一台服务器' : (path ?? '服务器本身')} 自 ${say.moment(from)} 起 ${say.number(minutes)} 分钟的数据无法保存（${fileFaultsText(because, 'zh')}），已丢失。${whole ? '其他服务器的数据均已保存。' : '其余数据均已保存。'}`,
  },
}
