import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('zh')

export const zh: Rest<PathEditWords> = {
  streams: (streams, readers) =>
    streams === null
      ? '服务器会关闭该路径，因而断开所有推流端和读取端。目前不知道有多少。'
      : streams === 0 && readers === 0
        ? '服务器会重新打开该路径。目前没有推流或读取。'
        : `服务器会关闭 ${say.number(streams)} 个流，因而断开其来源和 ${say.number(readers)} 个读取端。`,
  notKept: (settings) => `此更改无法在这里撤销：服务器隐藏了 ${settings} 的当前值，或本控制台无法保存它。`,
}
