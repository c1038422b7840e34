import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DossierWords } from './dossierWords.ts'

const say = sayIn('zh')

export const zh: Rest<DossierWords> = {
  made: (moment, version, zone, isHidden) =>
    `由 mtxdeck ${version} 于 ${moment} 生成。时间：${zone}。${isHidden ? '不含机密信息，也不含客户端地址和用户：均以代号代替。' : '不含机密信息；含客户端地址。'}`,
  more: (count, isLeast) => `另有${isLeast ? '至少' : ''} ${say.number(count)} 项`,
  sessionsSince: (moment) => `已结束的会话自 ${moment} 起保存；更早的情况未知。`,
  hit: ({ servers, streams, readers }) =>
    [
      `${say.number(servers)} 台服务器`,
      streams === null ? '流数未知' : `${say.number(streams)} 路流`,
      readers === null ? '读取端数未知' : `${say.number(readers)} 个读取端`,
    ].join('，'),
}
