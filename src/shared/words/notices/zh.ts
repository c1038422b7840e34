import type { Rest } from '../catalogue.ts'
import { fileFaultsText, heldText } from '../fileFaultText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import type { NoticeWords } from './noticeWords.ts'

const say = sayIn('zh')
const keychains = { darwin: '系统钥匙串', win32: 'Windows 数据保护' }
const keptForLaunch =
  '服务器密码只保留到 mtxdeck 退出为止。若要长期保存：安装并解锁密钥环（GNOME Keyring 或 KWallet）后重新启动 mtxdeck，或将密码写入配置文件。'
const fieldsOf = ({ names, more }: { readonly names: readonly string[]; readonly more: number }) =>
  `${names.join('、')}${more > 0 ? ` 等，另有 ${say.number(more)} 个` : ''}`

export const zh: Rest<NoticeWords> = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `另一个 mtxdeck${pid === null ? '' : `（进程 ${pid}，启动于 ${say.momentOf(since)}）`}正在使用 ${folder}。请先停止它，或为本程序指定其他数据文件夹。`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} 已损坏（${fileFaultsText(because, 'zh')}）。请移走 ${name} 及其旁边的 ${name}-wal 和 ${name}-shm，或恢复一份副本。`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} 将升级格式，之前会复制到 ${folder}。需要 ${say.size(neededBytes, 'MB')}，可用 ${say.size(freeBytes, 'MB')}。请释放空间后重新启动。`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} 在 mtxdeck 运行期间${replaced ? '被其他文件替换' : '被删除'}，且无法重新写入（${because}）。mtxdeck 退出后其中的内容将全部丢失。请检查磁盘和文件夹的写入权限。`,
    dailyCopyBad: ({ folder, because }) =>
      `今天的控制台设置副本有误（${fileFaultsText(because, 'zh')}）：main.db 可能已损坏。请运行“mtxdeck check”，并保留 ${folder} 中较早的副本。`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `${folder} 所在磁盘仅剩 ${say.size(freeBytes, 'GB')}：在超过 ${say.size(leastBytes, 'GB')} 之前不存储采样数据，仍存储分钟数据、事件和更粗的数据。请释放空间，或缩短历史保留天数。`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `磁盘空间不足，无法归档 ${day}：需要 ${say.size(neededBytes, 'MB')}，可用 ${say.size(freeBytes, 'MB')}。请释放空间，或缩短历史保留天数。`,
    historyDamaged: ({ file, because }) => `${file} 已损坏（${fileFaultsText(because, 'zh')}）：已移到一旁，并新建了文件。`,
    bundleRefused: ({ file, because }) => `${file} 无法作为数据包打开：${fileFaultsText(because, 'zh')}。`,
    notABundle: ({ file, of, period }) => `${file} 是历史文件（${heldText(of, period, 'zh')}），不是数据包。`,
  },
  secrets: {
    keychain: ({ of, keyring }) => `服务器密码已加密，其密钥由${of === 'linux' ? `系统密钥环（${keyring}）` : keychains[of]}保护。`,
    noKeychain: () => `本系统没有可供 mtxdeck 使用的钥匙串。${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `无法读取密钥文件：${because}。${keptForLaunch}`,
  },
  cautions: {
    valuesWrong: ({ wrong, cut }) =>
      [
        where(fieldsOf(wrong), (fields) => `此服务器发送了不可能的值，按未知显示：${fields}。`),
        where(fieldsOf(cut), (fields) => `其发送的内容超出任何媒体服务器的规模，已截断：${fields}。`),
      ].join(''),
    keptForLaunch: (secrets) => `密码仅在本次运行期间保留：${secrets}`,
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? '此文件与正在使用的服务器与设置数据库曾被互换，现未使用：不再需要时请删除。'
        : '此服务器与设置数据库曾损坏，已由备份或空数据库取代。不再需要时请删除此文件。',
  },
}
