import type { Words } from '../words.ts'

/** Chinese words of diagnoses. */
export const zh = {
  diagnosis: {
    button: '诊断',
    hint: '逐一检查端口、TLS、API 和各协议一次，说明问题所在和处理办法',
    title: '诊断',
    text: '{{name}}，从本控制台看到的情况。不会更改服务器上的任何内容。',
    running: '正在逐项检查，最多半分钟…',
    steps: '检查项目',
    endedAt: '{{time}}',
    again: '再次诊断',
    wake: '启动源并再次诊断',
    copy: '复制为文本',
    copied: '已复制',
    failed: '未能诊断：{{reason}}',
    outcome: { ok: '正常', warning: '需注意', failed: '失败', skipped: '未检查' },
  },
  playability: {
    title: '可播放方式',
    notTried: '根据轨道和配置',
    triedAt: '试播于 {{time}}',
    byTracksThen: '根据当时的轨道',
    try: '试播',
    trying: '正在试播…',
    hint: '从本控制台把每种协议各试一次，再重新判断',
    failed: '无法判断：{{reason}}',
  },
} as const satisfies Words
