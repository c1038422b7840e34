import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('zh')
const either = (meant: string | null, known: string) => (meant === null ? known : `是否指 ${meant}？`)
const nouns: Nouns = {
  headerValue: '请求头的值',
  certificate: '证书',
  serverName: '名称',
  hostName: '名称',
  channelName: '名称',
  maintenanceName: '名称',
  wallName: '名称',
  pattern: '匹配模式',
  runbook: '处置说明',
  ruleName: '名称',
  user: '用户名',
  password: '密码',
  passphrase: '密钥口令',
  token: '令牌',
  secret: '密码或令牌',
  tag: '标签',
  apiAddress: '地址',
  address: '地址',
  reason: '原因',
  comment: '备注',
  privateKey: '私钥',
  file: '文件名',
  processName: '进程名称',
  serverId: '服务器标识符',
  probeName: '名称',
  consoleName: '名称',
  project: '项目',
  list: '列表',
  template: '模板',
  settingValue: '值',
}
const empty: Partial<Nouns> = {
  serverName: '请为服务器命名',
  hostName: '请为主机命名',
  channelName: '请为通知渠道命名',
  maintenanceName: '请为维护窗口命名',
  wallName: '请为电视墙命名',
  pattern: '匹配模式不能为空',
  runbook: '处置说明不能为空',
  ruleName: '请为规则命名',
  tag: '标签至少要有一个字符',
  apiAddress: '请输入 API 地址，例如 http://10.0.0.5:9997',
  reason: '请填写原因',
  comment: '请填写备注',
}
const nameless = { server: '服务器', host: '主机', channel: '通知渠道', maintenance: '维护计划', onAir: '播出计划', probe: '探测', vantage: '其他控制台' }
const types = { text: '文本', list: '列表', object: '键和值', number: '数字', boolean: 'true 或 false' }
const unreadable: Readonly<Record<string, string>> = { ENOENT: '没有此文件', EACCES: '本用户无权读取', EISDIR: '这是文件夹' }
const unusableAlias = {
  unknown: '前面没有这个名称的锚点 (&)；以 * 开头的值请加引号',
  circular: '它位于自己所重复的值之内',
  notAMap: '<< 需要键和值',
  tooMany: '别名 (*) 使文件过大',
}

export const zh: Rest<MistakeWords> = {
  notPem: ({ what }) => (what === 'key' ? '这不是 PEM 格式的私钥（-----BEGIN PRIVATE KEY-----）' : '这不是 PEM 格式的证书（-----BEGIN CERTIFICATE-----）'),
  notOfType: ({ type }) => `应为${types[type]}`,
  notOneOf: ({ words }) => `应为以下之一：${words.join('、')}`,
  unknownKey: ({ meant, known }) => (meant === null && known.length === 0 ? '未知的键' : `未知的键；${either(meant, `可用的有 ${known.join('、')}`)}`),
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what] ?? `${nouns[what]}为空`,
  tooLong: ({ what, most }) => `${nouns[what]}最多 ${say.number(most)} 个字符`,
  notOneLine: ({ what }) => (what === 'token' ? '令牌应为一行，且只含 HTTP 头可以携带的字符' : `${nouns[what]}应为一行文本`),
  hiddenCharacter: ({ what, code }) => `${nouns[what]}不能含不可见字符：请删除 ${code}`,
  configurationUnreadable: ({ file, code }) => `无法读取配置 ${file}：${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `无法读取 ${file}：${unreadable[code] ?? code}`,
  givenBeside: ({ other, oneOf }) => `与 ${other} 并存：只能给出其一：${oneOf.join('、')}`,
  userAlone: ({ oneOf }) => `有用户名时还需其一：${oneOf.join('、')}`,
  sshMissing: () => '缺少“ssh”，例如 noc@10.0.0.5:22；本机则写“local: true”',
  signInMissing: ({ oneOf }) => `缺少登录方式：请给出其一：${oneOf.join('、')}: true`,
  notAStreamAddress: ({ schemes }) => `应为流的地址，以 ${schemes.map((scheme) => `${scheme}://`).join('、')} 开头`,
  channelKindMissing: ({ oneOf }) => `缺少渠道类型：请给出 ${oneOf.join('、')} 之一`,
  secretMissing: ({ oneOf }) => `缺少密钥：请给出 ${oneOf.join('、')} 之一`,
  notANamingTemplate: ({ fault, part }) =>
    ({
      noField: '模板至少要有一个花括号字段，例如 {examId}_{timestamp}',
      braces: `${part} 处的花括号没有成对`,
      fieldName: `“${part}”不是字段名：请用字母、数字、_ 或 -，并以字母开头`,
      fieldTwice: `字段 ${part} 出现了两次`,
      fieldType: `“${part}”的类型未知：请用 text、int、timestamp、s、ms、date，或 hd|sd 这样的取值`,
      nothingBetween: `${part} 处的字段之间没有分隔：请在中间放一个字符，例如 _`,
      tooManyFields: `一个模板最多有 ${part} 个字段`,
    })[fault],
  nameTwice: ({ name, of, first }) => `另一${nameless[of]}（${first}）也叫“${name}”`,
  patternUnsupported: ({ text, what }) =>
    `“${text}”使用了${what === 'lookAround' ? '环视（如 (?=…)）' : '反向引用（如 \\1）'}。与 MediaMTX 一样，这里不支持：请换一种写法，或改用例外`,
  noSuchRule: ({ text, meant, known }) =>
    `mtxdeck 没有规则“${text}”；${either(meant, `现有 ${known.join('、')}`)}${meant === null ? '。' : ''}自定义规则需要指标、事件、状态或反复中断`,
  limitMissing: ({ oneOf }) => `请用 ${oneOf.join('、')} 之一给出限值`,
  clearOnWrongSide: ({ side, limit }) => (side === 'below' ? `应不小于 ${limit}：低于限值时不可能恢复` : `应不大于 ${limit}：高于限值时不可能恢复`),
  remedyUnfit: ({ act }) => (act === 'runCommand' ? 'runCommand 需要针对流、服务器或主机的规则' : `${act} 需要针对流的规则`),
  scopeUnfit: ({ metric, of }) =>
    `${metric ?? '此规则监视的内容'} 属于${{ server: '服务器', stream: '流', host: '主机', device: '主机部件', probe: '探测' }[of]}，不能用此项选择`,
  noSuchParameter: ({ meant, known }) => `没有此参数；${either(meant, `可用的有 ${known.join('、')}`)}`,
  notOneOfThese: ({ words, text }) => `应为以下之一：${words.join('、')}，而不是“${text}”`,
  noSuchName: ({ text, meant, known }) => `没有“${text}”；${either(meant, `可用的有 ${known.join('、')}`)}`,
  notLearned: ({ metric, known }) => `不学习 ${metric} 的常态，只学习 ${known.join('、')}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device' ? `${metric} 属于主机的某个部件，请指定，例如 disk:/、net:eth0 或 gpu:0` : `${metric} 属于流，请指定其路径`,
  metricOfOther: ({ metric, of }) =>
    `${metric} 属于${{ server: '服务器', stream: '流', host: '主机', device: '主机部件', probe: '探测' }[of]}，而所列对象并非都是此类`,
  noServerOfName: ({ name, meant, known }) => `没有“${name}”；${either(meant, known.length === 0 ? '目前一个也没有' : `现有 ${known.join('、')}`)}`,
}
