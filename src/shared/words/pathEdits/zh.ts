import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('zh')

export const zh: PathEditWords = {
  nothing: () => '推流端和读取端保持连接。',
  recording: () => '推流端和读取端保持连接。录制将开始、结束，或在新文件中继续。',
  streams: (streams, readers) =>
    streams === null
      ? '服务器会关闭该路径，因而断开所有推流端和读取端。目前不知道有多少。'
      : streams === 0 && readers === 0
        ? '服务器会重新打开该路径。目前没有推流或读取。'
        : `服务器会关闭 ${say.number(streams)} 个流，因而断开其来源和 ${say.number(readers)} 个读取端。`,
  lasts: () => '此更改在服务器重新读取配置文件或重启之前有效：其 API 不会写入该文件。',
  notKept: (settings) => `此更改无法在这里撤销：服务器隐藏了 ${settings} 的当前值，或本控制台无法保存它。`,
  outcomes: {
    applied: () => '已完成。从服务器读回的结果与要求一致。',
    partly: () => '服务器未全部采用。',
    refused: () => '服务器拒绝。未作任何更改。',
    unknown: () => '服务器是否采用未知。重试前请先查看其设置。',
  },
}
