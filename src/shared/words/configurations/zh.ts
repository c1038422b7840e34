import type { Rest } from '../catalogue.ts'
import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join('、')}${count > paths.length ? ` 等 ${count} 个` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : `（${names(paths, count)}）`)

export const zh: Rest<ConfigurationWords> = {
  what: {
    neverAsked: ({ setting, actions }) => `任何能访问该服务器的人无需密码即可执行以下操作，因为 ${setting} 列出了它们：${actions.join('、')}。`,
    openOnMachine: ({ actions }) => `能登录该服务器所在主机的人无需密码即可使用以下接口（它们仅监听环回地址）：${actions.join('、')}。`,
    anyWebsite: ({ settings }) => `任何网站都可以通过打开它的人的浏览器访问该服务器：${settings.join('、')}。`,
    recordingsKept: ({ paths, count }) => `录像从不删除：${names(paths, count)}。`,
    slateRecorded: ({ paths, count }) => `无人推流时仍在录制垫片：${names(paths, count)}。`,
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `自 ${since} 起无法启动${ofPaths(where)}：“${said}”。请在升级前修改。`,
    sourcesNeedPasswords: ({ since, ...where }) => `如果以下任一源地址只有用户名没有密码，或只有密码没有用户名，自 ${since} 起无法启动${ofPaths(where)}。`,
    namesRefused: ({ since, ...where }) => `名称中含有 A–Z、0–9、_ - . 和 / 以外的字符，自 ${since} 起会被拒绝${ofPaths(where)}。`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} 自 ${since} 起由 ${now.join('、')} 取代，目前仍可读取。`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} 将被移除（自 ${since} 起预告）。`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} 自 ${since} 起不再起作用。`,
  },
}
