import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('zh')

export const zh: RemedyWords = {
  reason: (rule) => `规则 ${rule} 的处置`,
  acted: {
    kickPublisher: {
      begun: () => '正在断开推流端。',
      done: () => '已断开推流端。',
      failed: () => '未能断开推流端。',
      unknown: () => '不确定推流端是否已断开。',
    },
    restartSource: {
      begun: () => '正在重启拉流源。',
      done: () => '已重启拉流源。',
      failed: () => '未能重启拉流源。',
      unknown: () => '不确定拉流源是否已重启。',
    },
    restartPath: {
      begun: () => '正在关闭并重新打开路径。',
      done: () => '已关闭并重新打开路径。',
      failed: () => '未能关闭路径。',
      unknown: () => '不确定路径是否已关闭并重新打开。',
    },
    runCommand: {
      begun: () => '命令正在主机上运行。',
      done: () => '命令已在主机上运行。',
      failed: () => '命令未在主机上运行，或运行失败。',
      unknown: () => '不确定命令是否已在主机上运行。',
    },
  },
  why: {
    noPublisher: () => '没有人在推送该流。',
    ownPublisher: () => '该流由本控制台自己推送。',
    notPulled: () => '服务器并不拉取该流。',
    sharedEntry: () => '配置中没有仅针对该路径的条目：其他路径会被一并关闭。',
    beingChanged: () => '其他人正在更改该服务器的配置。',
    notTaken: () => '服务器未接受更改。',
    notAsked: () => '目前未轮询该服务器。',
    noHost: () => '没有通过 SSH 监控运行该服务器的主机。',
    ended: ({ code, said }) => {
      const what = code === null ? '命令被终止' : code === 0 ? '命令成功' : `命令失败，退出码 ${code}`
      return said === '' ? `${what}。` : `${what}：${said}`
    },
    timedOut: ({ limitMs }) => `命令未在 ${say.duration(limitMs)}内结束。`,
    interrupted: () => '得知结果之前 mtxdeck 已结束。',
    internal: () => 'mtxdeck 因自身缺陷失败：详见其日志。',
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `${say.moment(from)} 以来：${say.number(alarms)} 个告警，${say.number(acts)} 次处置。`
    return held === 0 ? all : `${all}另有 ${say.number(held)} 次因每小时上限未执行。`
  },
}
