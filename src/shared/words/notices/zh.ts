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

export const zh: NoticeWords = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `另一个 mtxdeck${pid === null ? '' : `（进程 ${pid}，启动于 ${say.momentOf(since)}）`}正在使用 ${folder}。请先停止它，或为本程序指定其他数据文件夹。`,
    diskFull: ({ folder }) => `${folder} 所在磁盘已满。请释放空间后重新启动。`,
    folderNotWritable: ({ folder, because }) => `${folder} 不可写（${because}）。请检查所有者和权限。`,
    fileNotWritable: ({ file, folder, because }) => `${file} 不可写（${because}）。请检查 ${folder} 的所有者和权限。`,
    fileHeld: ({ file, because }) => `${file} 被其他程序占用（${because}）。请关闭该程序后重新启动。`,
    databaseNewer: ({ file, form, known }) =>
      `${file} 由更新版本的 mtxdeck 写入（格式 ${form}，本版本支持到 ${known}）。请升级 mtxdeck，或指定其他数据文件夹。`,
    databaseOlder: ({ file }) => `${file} 由 2026 年 11 月 26 日之前的 mtxdeck 写入。请先用该日的 mtxdeck 打开一次此数据文件夹，再用本版本打开。`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} 已损坏（${fileFaultsText(because, 'zh')}）。请移走 ${name} 及其旁边的 ${name}-wal 和 ${name}-shm，或恢复一份副本。`,
    restoreUnfinished: ({ folder }) => `向 ${folder} 的恢复未完成，其中的数据库可能互不匹配。请加上 --replace 再次运行同一条“mtxdeck restore”命令。`,
    mainNotRestored: ({ folder, because }) => `main.db 已损坏，且没有备份能够替换它（${because}）。请检查 ${folder} 的磁盘和权限，然后重新启动。`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} 将升级格式，之前会复制到 ${folder}。需要 ${say.size(neededBytes, 'MB')}，可用 ${say.size(freeBytes, 'MB')}。请释放空间后重新启动。`,
    copyFailed: ({ name, folder, because }) => `${name} 将升级格式，但未能事先复制到 ${folder}（${because}）。请检查磁盘和文件夹权限，然后重新启动。`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} 在 mtxdeck 运行期间${replaced ? '被其他文件替换' : '被删除'}，且无法重新写入（${because}）。mtxdeck 退出后其中的内容将全部丢失。请检查磁盘和文件夹的写入权限。`,
    dailyCopyBad: ({ folder, because }) =>
      `今天的控制台设置副本有误（${fileFaultsText(because, 'zh')}）：main.db 可能已损坏。请运行“mtxdeck check”，并保留 ${folder} 中较早的副本。`,
    dailyCopyFailed: ({ folder, because }) => `无法在 ${folder} 中创建今天的控制台设置副本（${because}）。请检查磁盘和文件夹权限。`,
    writerFailed: () => 'mtxdeck 写入历史的部分发生故障，正在重新启动。其间不存储采样数据。',
    diskSlow: ({ folder }) => `${folder} 所在磁盘对当前规模过慢：部分采样数据被丢弃。请减少监测的服务器，或加长轮询间隔。`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `${folder} 所在磁盘仅剩 ${say.size(freeBytes, 'GB')}：在超过 ${say.size(leastBytes, 'GB')} 之前不存储采样数据，仍存储分钟数据、事件和更粗的数据。请释放空间，或缩短历史保留天数。`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `磁盘空间不足，无法归档 ${day}：需要 ${say.size(neededBytes, 'MB')}，可用 ${say.size(freeBytes, 'MB')}。请释放空间，或缩短历史保留天数。`,
    historyDiskFull: ({ folder }) => `${folder} 所在磁盘已满：不存储采样数据。请释放空间，或缩短历史保留天数。`,
    historyNotWritable: ({ file, because }) => `${file} 不可写（${because}）：不存储采样数据。请检查磁盘和文件夹的所有者。`,
    historyHeld: ({ file }) => `${file} 被其他程序占用：不存储采样数据。请关闭该程序。`,
    historyDamaged: ({ file, because }) => `${file} 已损坏（${fileFaultsText(because, 'zh')}）：已移到一旁，并新建了文件。`,
    nodeTooOld: ({ version }) => `引擎需要 Node 24（Node-API 10），当前为 Node ${version}。请用“npx mtxdeck”启动，它自带所需版本。`,
    bundleRefused: ({ file, because }) => `${file} 无法作为数据包打开：${fileFaultsText(because, 'zh')}。`,
    notABundle: ({ file, of, period }) => `${file} 是历史文件（${heldText(of, period, 'zh')}），不是数据包。`,
  },
  secrets: {
    keyFile: ({ file }) => `密码以 ${file} 中的密钥加密，该文件仅本用户可读。复制整个文件夹的人会同时得到两者。`,
    keychain: ({ of, keyring }) => `服务器密码已加密，其密钥由${of === 'linux' ? `系统密钥环（${keyring}）` : keychains[of]}保护。`,
    keyFileWrong: ({ file, bytes }) => `${file} 中没有 ${bytes} 字节的密钥。请从备份恢复该文件，或将其删除并重新输入服务器密码。`,
    keyFileUnreadable: ({ file, because }) => `无法读取 ${file}（${because}）：请设为仅本用户可读。`,
    keyFileNotWritten: ({ file, because }) => `无法写入 ${file}（${because}）：此处无法保存服务器密码。`,
    noKeychain: () => `本系统没有可供 mtxdeck 使用的钥匙串。${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `无法读取密钥文件：${because}。${keptForLaunch}`,
    keychainLocked: ({ file, because }) =>
      `系统钥匙串未能打开已存密码的密钥（${because}）。请解锁后重新启动 mtxdeck。若无法恢复，请删除 ${file} 并重新输入密码。`,
    keyNotGiven: ({ because }) => `无法读取已存密码的密钥：${because}。`,
  },
  cautions: {
    hidesStored: () => '有一个已保存的服务器同名；以配置文件为准。',
    passwordUnreadable: () => '保存的密码已无法读取（密钥已更换）：请重新输入。',
    passwordLeftBehind: () => '密码未随新地址沿用：请重新输入。',
    valuesWrong: ({ wrong, cut }) =>
      [
        where(fieldsOf(wrong), (fields) => `此服务器发送了不可能的值，按未知显示：${fields}。`),
        where(fieldsOf(cut), (fields) => `其发送的内容超出任何媒体服务器的规模，已截断：${fields}。`),
      ].join(''),
    keptForLaunch: (secrets) => `密码仅在本次运行期间保留：${secrets}`,
    openToAll: () => '任何能连接到此服务器的人都可以使用其 API。',
    passwordUnencrypted: () => '密码未加密传输：请使用 https（apiEncryption: yes）。',
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? '此文件与正在使用的服务器与设置数据库曾被互换，现未使用：不再需要时请删除。'
        : '此服务器与设置数据库曾损坏，已由备份或空数据库取代。不再需要时请删除此文件。',
    historyEarlier: ({ file }) => `${file} 曾损坏，已移到一旁。`,
    alarmsReplaced: () => '此文件与正在使用的已关闭告警数据库曾被互换，现未使用：不再需要时请删除。',
  },
}
