import type { Rest } from '../catalogue.ts'
import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: '控制台的磁盘已满，未保存任何内容。请腾出空间后重试。',
  notWritable: '控制台的数据文件夹无法写入，未保存任何内容。详情见其日志。',
  busy: '其他程序占用了控制台的数据库，未保存任何内容。请重试。',
}

export const zh: Rest<RefusalWords> = {
  notAllowed: ({ name, needs, has }) => `此操作需要 “${needs}” 权限；${name} ${has === null ? '没有任何权限' : `的权限为 “${has}”`}。请联系本控制台的管理员。`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `未接受。${mistakes}${more > 0 ? `（另有 ${more} 处）` : ''}`,
  hostNotAsked: (name) => `${name} 目前未被监视。`,
  toolUnusable: (problem) => `未保存。${problem}`,
  serverNotChanged: (name, error) => `${name} 未作任何更改。${error ?? '目前不查询该服务器。'}`,
  alarmsNotKept: (since) => `告警自 ${since}起保存。`,
}
